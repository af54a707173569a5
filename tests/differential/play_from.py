"""From fields against Python's readers (both, and one that decodes before it takes apart, as many programs do) and Perl's
Email::Address::XS (Debian: libemail-address-xs-perl)."""
import email.header
import email.policy
import email.utils
import re

from judge import Peer

OWNABLE = re.compile(r"([a-z0-9_-]+\.)+[a-z0-9_-]+")
# Rows of README.md.
KNOWN = [
    ("all", "a route: `<@r.example:a@one.example>`", lambda d: not d["ours"] and "@r.example" in d["text"]),
    ("all", "an address in quotation marks that are no display name, or a domain-literal, beside it",
     lambda d: not d["ours"] and ('"b@two.example"' in d["text"] or "@[" in d["text"])),
    ("all", "encoded-words that stand for an address outside the display name, or in a charset whose ASCII is none",
     lambda d: not d["ours"] and "=?" in d["text"]),
    ("any", "a domain that nobody can own",
     lambda d: d["ours"] and not any(OWNABLE.fullmatch(domain) for domain in d["seen"] - {d["ours"]})),
]
PARTS = ["a@one.example", "b@two.example", "<a@one.example>", "<b@two.example>", "Name", '"Name"', '"b@two.example"', '"x, y"',
         ",", ";", ":",
         "(c)", "(b@two.example)", "(", ")", "<", ">", '"', "\\", "@", " ", "\t", "=?utf-8?q?b=40two.example?=", "Group:",
         "<@r.example:a@one.example>",
         "\"a b\"@one.example", "a@[192.0.2.1]", "A@ONE.example.", "a @ one . example", "\r\n ", "b%two.example@one.example",
         "<>", "undisclosed:;", ".",
         " . ", "munity", "a @ two . example", "@two.example", "two.example", "(c)munity", "'", "\\x",
         "=?utf-8?q?=2C_b=40two.example?=", "=?utf-8?q?=2C b=40two.example?=", "=?utf-8?q?=3Cb=40two.example=3E?=", "=?utf-8?q?=22?=",
         "=?utf-8?q?", "=??q?", "?=", "?", "=3Cb=40two.example=3E", "=?cp037?q?x?=", "b@two\u3002example"]


def some_from(chance):
    if chance.random() < 0.3:
        return chance.choice(("Name ", '"N" ', "", "N (c) ")) + "<a@one.example>" + chance.choice(("", " ", " (c)", ",",
                                                                                                   " <b@two.example>"))
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
    try:
        whole = str(email.header.make_header(email.header.decode_header(plain)))
        seen["decode, parseaddr"] = {domain(email.utils.parseaddr(whole)[1])} - {""}
    except Exception:  # noqa: BLE001
        seen["decode, parseaddr"] = set()
    hosts = {host.rstrip(".") for host in perl.ask(plain.encode()).split(",")}
    seen["Email::Address::XS"] = hosts - {"", "!"}
    return seen


def compare(chance, count, judge, found):
    perl = Peer("email_address.pl")
    for _ in range(count):
        text = some_from(chance)
        _, line = judge(f"From: {text}\r\nSubject: x\r\n\r\nx\r\n".encode())
        ours, problem = line.get("from", ""), line.get("from_problem", "")
        seen = readers(text, perl)
        if not problem:
            for who, domains in seen.items():
                if domains and domains != {ours}:
                    found.add(who, "another author", f"alignd {ours or '-'}, it {sorted(domains)}", text,
                              {"text": text, "ours": ours, "seen": domains})
        elif all(domains == {"one.example"} for domains in seen.values()):
            found.add("all", "no author", f"alignd {problem}, all others one.example", text,
                      {"text": text, "ours": "", "seen": {"one.example"}})
    perl.close()
