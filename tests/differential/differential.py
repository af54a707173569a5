#!/usr/bin/python3
"""Generated messages, judged by alignd and by others; every disagreement, by kind. By hand, not in CI.

  differential.py dkim|from [--count N] [--seed N]    $ALIGND_PROGRAM: the daemon

dkim: signed by dkimpy, then damaged or not: dkimpy and Mail::DKIM (Debian: python3-dkim, libmail-dkim-perl).
from: From fields: Python's email package (both of its readers) and Perl's Email::Address::XS (libemail-address-xs-perl).
"""
import argparse
import base64
import email.policy
import email.utils
import json
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
sys.dont_write_bytecode = True

import dkim  # noqa: E402

from lab import results  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.milter import Milter, content, envelope, opening, results_of  # noqa: E402
from lab.workspace import Workspace  # noqa: E402
from lab.world import World  # noqa: E402

PERL_DKIM = r"""
use MIME::Base64; use Mail::DKIM::Verifier; use Mail::DKIM::DNS; $| = 1;
{ no warnings; my %keys = split /\t/, $ENV{KEYS};
  *Mail::DKIM::DNS::query = sub { my ($name, $type) = @_; return () unless $keys{$name};
    return (bless { text => $keys{$name} }, "Answer"); };
  *Mail::DKIM::DNS::query_async = sub { my ($name, $type, %on) = @_;
    my @found = eval { Mail::DKIM::DNS::query($name, $type) }; $on{Callbacks}{Success}->(@found); return sub { } if 0; return sub { @found } }; }
package Answer; sub type { "TXT" } sub char_str_list { ($_[0]{text}) } sub txtdata { $_[0]{text} } package main;
while (<STDIN>) { chomp; my $m = decode_base64($_);
  my $r = eval { my $v = Mail::DKIM::Verifier->new; $v->PRINT($m); $v->CLOSE; $v->result } // "died"; print "$r\n"; }
"""
PERL_FROM = r"""
use MIME::Base64; use Email::Address::XS; $| = 1;
while (<STDIN>) { chomp; my @a = eval { Email::Address::XS->parse(decode_base64($_)) };
  print join(",", map { $_->is_valid ? lc($_->host // "") : "!" } @a), "\n"; }
"""


class Perl:
    """A program that answers a line (base64 of some octets) with a line."""

    def __init__(self, program, environment=None):
        self.child = subprocess.Popen(["perl", "-e", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def ask(self, octets):
        self.child.stdin.write(base64.b64encode(octets) + b"\n")
        self.child.stdin.flush()
        return self.child.stdout.readline().decode().strip()

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Judge:
    """alignd at its milter socket, one connection."""

    def __init__(self, workspace, world):
        self.alignd = Alignd(workspace, world.resolver, unix=True)
        self.client = Milter(self.alignd.unix_socket).negotiate()
        self.client.play(opening())
        self.lines = open(self.alignd.verdict_file, encoding="utf-8")

    def __call__(self, message):
        """(the words of the field, the verdict line)."""
        self.client.play([*envelope(), *content(message)])
        _, inserted = self.client.end()
        return results.words(results_of(inserted)[0].decode("utf-8", "replace")), json.loads(self.lines.readline())


# ---- DKIM ----

NAMES = ["Subject", "To", "Cc", "Date", "Message-ID", "X-Odd", "x-odd", "MIME-Version", "List-Id", "X-Other"]


def some_text(chance, length):
    return "".join(chance.choice("abc XYZ  \t.,;:=-_@<>\"'()\u00e4") for _ in range(chance.randrange(length)))


def some_message(chance):
    fields = ["From: Bank <service@bank.example>"]
    for _ in range(chance.randrange(1, 8)):
        value = some_text(chance, 60)
        if chance.random() < 0.4:
            value += "\r\n" + chance.choice(" \t") * chance.randrange(1, 3) + "f" + some_text(chance, 30)
        fields.append(chance.choice(NAMES) + ":" + chance.choice(("", " ", "  ", "\t")) + value)
    chance.shuffle(fields)
    body = "\r\n".join(some_text(chance, 80) for _ in range(chance.randrange(8)))
    body += chance.choice(("", "\r\n", "\r\n\r\n", " \r\n", "\r\n \r\n\r\n"))
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + body.encode()


def signed(chance, message, key):
    names = [line.split(b":")[0] for line in message.split(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] not in b" \t"]
    chosen = [b"from"] + [name.lower() for name in names if name.lower() != b"from" and chance.random() < 0.7]
    if chance.random() < 0.3:
        chosen.append(chance.choice((b"from", b"subject", b"x-absent")))
    form = (chance.choice((b"simple", b"relaxed")), chance.choice((b"simple", b"relaxed")))
    return dkim.sign(message, b"s1", b"bank.example", key.private, canonicalize=form, include_headers=chosen,
                     length=chance.random() < 0.15) + message


def damage(chance, message):
    """(what was done, the message)."""
    head, blank, body = message.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    kind = chance.choice(("none", "none", "none", "blank in a field", "blank in the body", "end of the body", "letter in the body",
                          "letter in a field", "field on top", "case of a name", "blanks in a tag", "order of fields"))
    if kind == "blank in a field":
        number = chance.randrange(len(lines))
        place = chance.randrange(lines[number].find(b":") + 1, len(lines[number]) + 1)
        lines[number] = lines[number][:place] + chance.choice((b" ", b"\t")) + lines[number][place:]
    elif kind == "blank in the body":
        place = chance.randrange(len(body) + 1)
        body = body[:place] + b" " + body[place:]
    elif kind == "end of the body":
        body += chance.choice((b"\r\n", b"\r\n\r\n", b" ", b"\t\r\n"))
    elif kind == "letter in the body":
        body = b"q" + body
    elif kind == "letter in a field":
        lines[-1] += b"q"
    elif kind == "field on top":
        lines.insert(0, chance.choice((b"Subject: other", b"X-Odd: other", b"From: Other <a@other.example>")))
    elif kind == "case of a name":
        number = chance.randrange(len(lines))
        name, colon, value = lines[number].partition(b":")
        lines[number] = (name.swapcase() if name[:1] not in b" \t" else name) + colon + value
    elif kind == "blanks in a tag":
        lines = [line.replace(b"; s=", b" ;\ts = ", 1) for line in lines]
    elif kind == "order of fields":
        starts = [i for i, line in enumerate(lines) if line[:1] not in b" \t"]
        groups = [lines[a:b] for a, b in zip(starts, starts[1:] + [len(lines)])]
        chance.shuffle(groups)
        lines = [line for group in groups for line in group]
    return kind, b"\r\n".join(lines) + blank + body


def compare_dkim(chance, count, judge, world, found):
    key = world.keys["bank-rsa"]
    name = "s1._domainkey.bank.example"
    perl = Perl(PERL_DKIM, {"KEYS": f"{name}\t{key.record()}", "PATH": "/usr/bin:/bin"})

    def text_of(asked, timeout=5):
        return key.record().encode() if asked.decode().rstrip(".") == name else None

    for _ in range(count):
        kind, message = damage(chance, signed(chance, some_message(chance), key))
        words, line = judge(message)
        ours = words.get("dkim", ["none"])[0] == "pass"
        reason = line["dkim"][0].get("reason", "") if line.get("dkim") else ""
        try:
            theirs = dkim.verify(message, dnsfunc=text_of)
        except Exception as error:  # noqa: BLE001
            theirs = type(error).__name__
        others = {"dkimpy": theirs, "Mail::DKIM": perl.ask(message) == "pass"}
        for who, verdict in others.items():
            if verdict != ours:
                third = "the third agrees with alignd" if ours in others.values() else "the third agrees with the other"
                found[(who, kind, f"alignd {words.get('dkim')} {reason[:60]}, {who} {verdict}; {third}")].append(message)
    perl.close()


# ---- From ----

PARTS = ["a@one.example", "b@two.example", "<a@one.example>", "<b@two.example>", "Name", '"Name"', '"b@two.example"', '"x, y"', ",", ";", ":",
         "(c)", "(b@two.example)", "(", ")", "<", ">", '"', "\\", "@", " ", "\t", "=?utf-8?q?b=40two.example?=", "Group:", "<@r.example:a@one.example>",
         "\"a b\"@one.example", "a@[192.0.2.1]", "A@ONE.example.", "a @ one . example", "\r\n ", "b%two.example@one.example", "<>", "undisclosed:;", "."]


def some_from(chance):
    if chance.random() < 0.3:
        return chance.choice(("Name ", '"N" ', "", "N (c) ")) + "<a@one.example>" + chance.choice(("", " ", " (c)", ",", " <b@two.example>"))
    return "".join(chance.choice(PARTS) + chance.choice(("", "", " ")) for _ in range(chance.randrange(1, 6)))


def domain(address):
    return address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""


def readers(text, perl):
    """{who: the set of domains that he sees}."""
    seen = {}
    plain = text.replace("\r\n", "")
    try:
        seen["getaddresses"] = {domain(a) for _, a in email.utils.getaddresses([plain])} - {""}
    except Exception:  # noqa: BLE001
        seen["getaddresses"] = set()
    try:
        header = email.policy.default.header_factory("From", plain)
        seen["headerregistry"] = {a.domain.lower().rstrip(".") for a in header.addresses} - {""}
    except Exception:  # noqa: BLE001 - it raises IndexError and others on odd input
        seen["headerregistry"] = set()
    seen["Email::Address::XS"] = set(perl.ask(plain.encode()).rstrip(".").split(",")) - {"", "!"}
    return seen


def compare_from(chance, count, judge, _, found):
    perl = Perl(PERL_FROM)
    for _ in range(count):
        text = some_from(chance)
        _, line = judge(f"From: {text}\r\nSubject: x\r\n\r\nx\r\n".encode())
        ours, problem = line.get("from", ""), line.get("from_problem", "")
        seen = readers(text, perl)
        if not problem:
            for who, domains in seen.items():
                if domains and domains != {ours}:
                    found[(who, "another author", f"alignd {ours or '-'}, {who} {sorted(domains)}")].append(text.encode())
        elif all(domains == {"one.example"} for domains in seen.values()):
            found[("all", "no author", f"alignd {problem}, all others one.example")].append(text.encode())
    perl.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("dkim", "from"))
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = defaultdict(list)
    with Workspace("differential") as workspace:
        world = World(workspace)
        judge = Judge(workspace, world)
        compare = {"dkim": compare_dkim, "from": compare_from}[given.what]
        compare(random.Random(given.seed), given.count, judge, world, found)
        judge.client.close()
        judge.lines.close()
        judge.alignd.stop()
    print(f"{given.count} messages, seed {given.seed}: {sum(map(len, found.values()))} disagreements of {len(found)} kinds")
    for (who, kind, what), messages in sorted(found.items(), key=lambda item: -len(item[1])):
        shortest = min(messages, key=len)
        print(f"{len(messages):6} {who} | {kind} | {what}\n         {shortest!r}")


if __name__ == "__main__":
    main()
