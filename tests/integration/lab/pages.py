"""The blocks of README and the manual pages that a reader copies: each says what it is.

In README the word behind the opening fence (```main.cf), in a manual page a comment before .nf (.\\" paste: main.cf).
"""
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
KINDS = {"sh", "toml", "main.cf", "master.cf", "sendmail.mc", "ini", "rsyslog", "text"}


@dataclass
class Block:
    page: str
    line: int
    kind: str
    text: str

    def __str__(self):
        return f"{self.page}:{self.line} ({self.kind})"


def _of_markdown(page, text):
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        if line.startswith("    ") and not lines[number - 1].strip():
            raise ValueError(f"{page}:{number + 1}: a block without a fence does not say what it is")
        if line.startswith("```"):
            end = lines.index("```", number + 1)
            yield Block(page, number + 2, line[3:], "\n".join(lines[number + 1:end]) + "\n")
            number = end
        number += 1


def _plain(text):
    """roff as a terminal shows it."""
    for sign, meaning in (("\\(dq", '"'), ("\\-", "-"), ("\\&", ""), ("\\e", "\\")):
        text = text.replace(sign, meaning)
    return text


def _of_manual(page, text):
    for match in re.finditer(r'(\.\\" paste: (\S+)\n)?\.nf\n(.*?)\.fi\n', text, re.DOTALL):
        synopsis = match[3].startswith(".B")  # of the command line, in roff's own fonts
        kind = match[2] or ("text" if synopsis else "")
        yield Block(page, text.count("\n", 0, match.start(3)) + 1, kind, _plain(match[3]))


def blocks():
    """All of them, in the order of the pages."""
    found = list(_of_markdown("README.md", (ROOT / "README.md").read_text()))
    for path in sorted((ROOT / "man").glob("*.[1-8]")):
        found += _of_manual(path.name, path.read_text())
    for block in found:
        if block.kind not in KINDS:
            raise ValueError(f"{block}: nobody knows how to use such a block")
    return found
