"""Reading an Authentication-Results value (RFC 8601 section 2.2) as simply as a mail filter does.

Deliberately not alignd's own parser: what a naive reader makes of the field is what counts here.
"""
import re
from dataclasses import dataclass


@dataclass
class Result:
    method: str
    word: str
    properties: dict


def without_comments(value):
    """`value` without (nested) comments; quoted strings are left alone."""
    out, depth, quoted, skip = [], 0, False, False
    for c in value:
        if skip:
            skip = False
        elif c == "\\" and (quoted or depth):
            skip = True
        elif c == '"' and not depth:
            quoted = not quoted
        elif not quoted and c == "(":
            depth += 1
            continue
        elif not quoted and c == ")" and depth:
            depth -= 1
            continue
        if not depth:
            out.append(c)
    return "".join(out)


def read(value):
    """(authserv-id, [Result]) of a field value."""
    parts = re.findall(r'(?:[^;"]|"(?:[^"\\]|\\.)*")+', without_comments(value))
    identity, found = parts[0].split()[0].strip('"'), []
    for part in parts[1:]:
        pairs = re.findall(r'([\w.-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;]+)', part)
        if pairs:
            pairs = [(k.lower(), v.strip('"')) for k, v in pairs]
            found.append(Result(pairs[0][0], pairs[0][1].lower(), dict(pairs[1:])))
    return identity, found


def words(value):
    """The result words by method; dkim's as a list, one a signature."""
    said = {}
    for result in read(value)[1]:
        if result.method == "dkim":
            said.setdefault("dkim", []).append(result.word)
        else:
            said[result.method] = result.word
    return said
