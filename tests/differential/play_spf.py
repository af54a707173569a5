"""SPF: generated policies against pyspf and Mail::SPF (Debian: python3-spf, libmail-spf-perl)."""
import json
import re

import spf

from judge import Peer
from zone import SERVFAIL

MACROS = ["%{i}", "%{ir}", "%{s}", "%{l}", "%{o}", "%{d}", "%{h}", "%{v}", "%{p}", "%{l-}", "%{lr-}", "%{l1r-}", "%{d1}", "%{d2}",
          "%{d3}", "%{d2r}",
          "%{dr}", "%{o1}", "%{or.}", "%{h1}", "%{hr}", "%{d1r-}", "%{i2}", "%{ir3}", "%{s-}", "%{l+}", "%{l2r+-}", "%{D}",
          "%{L}", "%{IR}", "%{H}",
          "%{d200}", "%{d9.}", "%{l/}", "%{l_=,}", "%{O2}", "%{S}", "%{L-}"]
ODD_MACROS = ["%{d0}", "%{x}", "%{", "%{d", "%", "%%", "%_", "%-", "%(", "%{}", "%{c}", "%{r}", "%{t}", "%{dr2}", "%{d2rr}",
              "%{d-.", "%{d256}", "%{d!}", "%{d r}", "%{i99}"]
BROKEN = ["ip4:1.2.3", "ip4:01.2.3.4", "ip4:1.2.3.4/33", "ip4:1.2.3.4/", "ip4:1.2.3.4/08", "ip4:", "ip4", "ip4:256.1.1.1",
          "ip4:1.2.3.4:25", "ip4:2001:db8::1", "ip6:1.2.3.4",
          "ip6:2001:db8::1/129", "ip6:2001:db8:::1", "ip6:2001:db8::1/", "ip6:[2001:db8::1]", "ip6", "ip6:::", "ip6:::/0",
          "ip6:::ffff:1.2.3.4", "ip6:1:2:3:4:5:6:7", "ip6:2001:db8::g",
          "all:x", "all/8", "all.", "-all;", "ALL", "include", "include:", "exists", "exists:", "a:", "a:/24", "a/", "a//",
          "a/24/64", "a///64", "a/33", "a//129", "a/024", "a//064",
          "mx:", "mx//64/24", "ptr:", "ptr/24", "ptr:/0", "foo", "foo:bar", "redirect=", "exp=", "exp:x", "redirect:x", "=x",
          "x=", "x=%", "x=%{d}", "x=%{x}", "x-y.z_1=1", "1x=2", "-", "+",
          "--all", "?+all", "a:localhost", "a:x.123", "a:x.-y", "a:x.y-", "a:x.1y", "a:x..example", "a:.example", "a:x.example.",
          "a:_x.example", "a:x_y.example", "a:x!y.example",
          "a:x.example/24/", "exists:x.example/24", "include:x.example/24", "a:x.e\u00e9", "a:x.example:25", "mx:%{d}/24//64",
          "a:%{d}.", "include:%{d", "v=spf1", "V=spf2", "\ta", "a\tmx", "default=x", "a=b=c"]
HELO = ["mail.{base}", "{base}", "[192.0.2.1]", "localhost", "x", "a..{base}", "{base}.", ".{base}", "MAIL.{base}", "x y.{base}",
        "_m.{base}", "m@{base}", "none.{base}", "-{base}", "192.0.2.1", "*.{base}", "m%.{base}"]
SENDERS = ["{user}@{base}"] * 12 + ["", "", "", "", "{user}@mail.{base}", "{user}@none.{base}", "@{base}", "{user}@", "{user}",
                                    "{user}@[192.0.2.1]", "{user}@localhost", "{user}@a..{base}",
                                    "{user}@{base}.", "{user}@BIG.{base}", "a@b@{base}", "\"a b\"@{base}", "\"a@b\"@{base}",
                                    "{user}@_x.{base}", "{user}@-.{base}", "{user}@x!y.{base}", "{user}@" + "l" * 63 + ".{base}",
                                    "{user}@" + "l" * 64 + ".{base}"]
USERS = ["joe", "Joe", "joe-bob", "a.b.c", "a+b-c", "x_y", "joe=x.example", "b%d", "a/b", "a-b.c+d", "postmaster", "a..b", "-", "l" * 70]


class Case:
    """A zone, a client and an envelope, all below a name of their own, so that no answer serves two cases."""

    def __init__(self, chance, number, zone):
        self.chance, self.zone = chance, zone
        self.base = f"t{number}.example"
        low = number & 0xFFFF
        self.six = chance.random() < 0.25
        self.client = f"10.{number >> 16}.{low >> 8}.{low & 255}"
        if self.six:
            self.client = f"2001:db8:{low:x}:{number >> 16:x}::" + chance.choice(("1", "a:b", "cb01"))
        user = chance.choice(USERS)
        self.helo = (chance.choice(HELO) if chance.random() < 0.4 else HELO[0]).format(base=self.base)
        self.sender = chance.choice(SENDERS).format(base=self.base, user=user)
        self.hosts = [self.base,
                      *(f"{x}.{self.base}" for x in ("mail", "a", "b", "mx", "void", "alias", "fail", "loop", "many", "ptr",
                                                     "nodata", "dead"))]
        self.policies = [self.base, f"mail.{self.base}", *(f"p{i}.{self.base}" for i in range(chance.randrange(4)))]
        zone.clear()
        self.fill()

    def near(self):
        """An address, the client's often."""
        if self.chance.random() < 0.5:
            return self.client
        return self.chance.choice(("192.0.2.1", "198.51.100.7",
                                   "10.255.255.1")) if not self.six else self.chance.choice(("2001:db8:ffff::1", "2001:db9::"))

    def fill(self):
        chance, zone, base = self.chance, self.zone, self.base
        kind = "AAAA" if self.six else "A"
        for name in (f"mail.{base}", f"a.{base}", f"b.{base}", f"ptr.{base}", f"mx.{base}"):
            for _ in range(chance.randrange(1, 3)):
                zone.add(name, kind, self.near())
        if chance.random() < 0.5:
            zone.add(base, kind, self.near())
        zone.add(f"*.w.{base}", "A", "127.0.0.2")
        zone.add(f"nodata.{base}", "TXT", b"nothing")
        zone.add(f"alias.{base}", "CNAME", f"a.{base}")
        zone.add(f"dead.{base}", "CNAME", f"void.{base}")
        zone.add(f"loop.{base}", "CNAME", f"loop.{base}")
        zone.add(f"fail.{base}", "FAIL")
        for i in range(chance.choice((2, 10, 11))):
            zone.add(f"many.{base}", "MX", (i, f"a.{base}" if i % 3 else f"void{i}.{base}"))
        for name in (base, f"mx.{base}"):
            for _ in range(chance.choice((0, 1, 1, 2))):
                zone.add(name, "MX",
                         (10, chance.choice((f"a.{base}", f"b.{base}", f"mx.{base}", f"void.{base}", f"alias.{base}",
                                             f"fail.{base}", "."))))
        reverse = spf.query(i=self.client, s="x@x.example", h="x.example")
        name = f"{spf.reverse_dots(reverse.i)}.{reverse.v}.arpa"
        for _ in range(chance.choice((0, 0, 1, 1, 2, 12))):
            zone.add(name, "PTR", chance.choice((f"ptr.{base}", f"mail.{base}", base, f"void.{base}", f"fail.{base}", "other.example")))
        if chance.random() < 0.03:
            zone.add(name, "FAIL")
        zone.add(f"why.{base}", "TXT", b"why")
        for name in self.policies:
            odd = chance.random()
            for _ in range(2 if odd < 0.08 else 0 if odd < 0.15 and name != base else 1):
                zone.add(name, "TXT", self.record().encode("latin-1"))
            if chance.random() < 0.1:
                zone.add(name, "TXT",
                         chance.choice((b"hello", b"v=spf10 -all", b"spf2.0/pra +all", b"v=spf1\t-all", b" v=spf1 +all", b"v=spf", b"")))

    def target(self):
        chance = self.chance
        shape = chance.random()
        if shape < 0.55:
            name = chance.choice(self.hosts)
        elif shape < 0.65:
            name = f"{chance.choice(MACROS)}.w.{self.base}"
        elif shape < 0.7:
            name = "%{d}"
        elif shape < 0.9:
            parts = [chance.choice(MACROS) + chance.choice((".", "", "-", "._.")) for _ in range(chance.randrange(1, 3))]
            name = "".join(parts).rstrip(".-_") + f".x.{self.base}"
            self.make_real(name)
        elif shape < 0.96:
            name = chance.choice(ODD_MACROS) + chance.choice((f".{self.base}", ""))
        else:
            name = chance.choice(self.hosts) + "."
        return name if chance.random() < 0.95 else name.swapcase()

    def make_real(self, text):
        """Half of the time the name that a macro comes to, in pyspf's eyes, is there."""
        if self.chance.random() < 0.6:
            try:
                query = spf.query(i=self.client, s=self.sender, h=self.helo)
                name = query.expand(text)
                if name and len(name) < 250 and all(0 < len(label) < 64 for label in name.split(".")):
                    self.zone.add(name, "A", "127.0.0.3")
                    if self.six:
                        self.zone.add(name, "AAAA", self.client)
            except Exception:  # noqa: BLE001 - pyspf on odd senders
                pass

    def network(self):
        chance = self.chance
        address = self.near() if chance.random() < 0.85 else chance.choice(("192.0.2.1", "2001:db8::1", "2001:DB8:0:0::1"))
        lengths = (0, 1, 32, 48, 63, 64, 127, 128) if ":" in address else (0, 1, 7, 8, 15, 16, 24, 31, 32)
        length = chance.choice(("", "", f"/{chance.choice(lengths)}"))
        return ("ip6:" if ":" in address else "ip4:") + address + length

    def dual(self):
        chance = self.chance
        if chance.random() < 0.7:
            return ""
        return chance.choice(("/24", "/0", "/32", "/31", "//64", "//0", "//128", "/24//64", "/32//127", "/8//0"))

    def term(self):
        chance = self.chance
        what = chance.random()
        if what < 0.18:
            text = self.network()
        elif what < 0.34:
            text = chance.choice(("a", "a", "A")) + chance.choice(("", ":" + self.target(), ":" + self.target())) + self.dual()
        elif what < 0.47:
            text = chance.choice(("mx", "mx", "MX")) + chance.choice(("",
                                                                      ":" + chance.choice((f"many.{self.base}", f"mx.{self.base}",
                                                                                           self.target())))) + self.dual()
        elif what < 0.55:
            text = "ptr" + chance.choice(("", ":" + chance.choice((self.base, f"ptr.{self.base}", "example", self.target()))))
        elif what < 0.67:
            text = "exists:" + self.target()
        elif what < 0.8:
            text = chance.choice(("include:", "include:", "Include:")) + chance.choice((*self.policies, f"p9.{self.base}", self.target()))
        elif what < 0.85:
            text = "all"
        elif what < 0.9:
            return chance.choice(("redirect=", "redirect=", "Redirect=")) + chance.choice((*self.policies, self.target()))
        elif what < 0.95:
            return "exp=" + chance.choice((f"why.{self.base}", self.target()))
        elif what < 0.97:
            return chance.choice(("x=y", "unknown=%{d}", "a.b=/", "_x=y", "x:=y"))
        else:
            return chance.choice(BROKEN)
        return chance.choice(("", "", "", "+", "-", "~", "?")) + text

    def record(self):
        chance = self.chance
        many = 13 if chance.random() < 0.05 else 6
        terms = [self.term() for _ in range(chance.randrange(many))]
        if many == 13 and chance.random() < 0.5:
            terms = [chance.choice(("", "-")) + chance.choice((f"a:b.{self.base}", f"mx:mx.{self.base}", f"exists:a.{self.base}",
                                                               f"ip4:192.0.2.9")) for _ in range(chance.randrange(9, 14))] + terms
        if chance.random() < 0.6:
            terms.append(chance.choice(("-all", "~all", "?all", "all", "+all", "-ALL")))
        blank = (lambda: " ") if chance.random() < 0.93 else (lambda: chance.choice((" ", "  ", "   ")))
        text = chance.choice(("v=spf1",) * 15 + ("V=SPF1", "v=SPF1")) + "".join(blank() + term for term in terms)
        if chance.random() < 0.05:
            text += chance.choice((" ", "  ", "\t", ";", ".", "\n", "\u00a0"))
        return text



def text_of(facts):
    return " ".join(facts["policies"]).lower()


# Rows of README.md.
KNOWN = [
    ("pyspf", "an include of the record's own domain is a permerror before anything is evaluated",
     lambda d: "trivial recursion" in d["text"]),
    ("pyspf", "an error while names of ptr or %{p} are looked up is a temperror",
     lambda d: "SERVFAIL" in d["text"] and d["theirs"] == "temperror" and ("ptr" in text_of(d) or "%{p" in text_of(d))),
    ("Mail::SPF", "an error of the PTR question is a temperror",
     lambda d: "on DNS 'PTR' lookup" in d["text"]),
    ("any", "each void lookup counts, not each term of which all were void",
     lambda d: re.search(r"Void lookup limit|Maximum void DNS", d["text"]) and d["theirs"] == "permerror"),
    ("pyspf", "a sender with a final dot, or with an @ in quotes, has no domain",
     lambda d: d["theirs"] == "none" and ((d["sender"] or d["helo"]).endswith(".") or '"a@b"' in d["sender"])),
    ("Mail::SPF", "of a@b@domain the last domain counts", lambda d: d["sender"].startswith("a@b@")),
    ("Mail::SPF", "ip6 and its prefix are held against the embedding of an IPv4 client",
     lambda d: "." in d["client"] and re.search(r"Mechanism '.?ip6:", d["text"])),
    ("Mail::SPF", "more than ten MX records: the rest is passed over (RFC 4408)", lambda d: "more than 10 MX" in d["why"]),
    ("pyspf", "a macro that no grammar has is text, or is read up to where it goes wrong",
     lambda d: "macro" in d["why"] and d["ours"] == "permerror"),
    ("pyspf", "%% and other literals alone are an error where they stand", lambda d: "invalid-macro-char" in d["text"]),
    ("pyspf", "Redirect= with a capital is an unknown modifier", lambda d: any("Redirect=" in policy for policy in d["policies"])),
    ("pyspf", "macros of all terms are expanded before anything is evaluated, %{p} with its lookups",
     lambda d: d["theirs"] == "temperror" and "%{p" in text_of(d)),
    ("pyspf", "a line end behind the last term is passed over", lambda d: any(policy.endswith("\n") for policy in d["policies"])),
    ("Mail::SPF", "macros are looked at when they are expanded alone", lambda d: "macro" in d["why"] and d["ours"] == "permerror"),
    ("Mail::SPF", "a: without a name is the record's own domain", lambda d: "an empty domain" in d["why"]),
    ("Mail::SPF", "octets outside ASCII in a record are no error", lambda d: "octet outside ASCII" in d["why"]),
    ("Mail::SPF", "a line end or TAB behind v=spf1 is a broken record", lambda d: "what looks like one" in d["why"]),
    ("pyspf", "an unknown modifier that stands twice is an error",
     lambda d: "= MUST appear at most once" in d["text"] and not re.search("(exp|redirect)= MUST", d["text"])),
    ("Mail::SPF", "redirect= counts as a term beside an all",
     lambda d: "Maximum DNS-interactive terms" in d["text"] and "redirect=" in text_of(d)),
    ("Mail::SPF", "a label of more than 63 octets is cut", lambda d: "passed over" in d["why"] and "l" * 64 in d["why"]),
    ("any", "void lookups are counted by other rules: an alias to nothing, types and names without records",
     lambda d: "void lookups" in d["why"] and d["ours"] == "permerror"),
    ("any", "the r of a macro in upper case is an error, or a delimiter", lambda d: re.search(r"%\{[a-zA-Z]\d*R", " ".join(d["policies"]))),
    ("pyspf", "all hosts of an mx are looked up before one is compared", lambda d: d["theirs"] == "temperror" and "mx" in d["why"].lower()),
    ("any", "%{s} has no postmaster where the sender has no local part, or is the null path",
     lambda d: "%{s" in text_of(d) and (d["sender"] == "" or d["sender"].startswith("@"))),
    ("any", "v=spf1 and a line end is a record", lambda d: any(re.fullmatch(r"(?i)v=spf1\s*", policy) for policy in d["policies"])),
    ("Mail::SPF", "a macro in upper case is not escaped; at its delimiters it is split only together with digits or r",
     lambda d: re.search(r"%\{[A-Z]|%\{[a-z][^\w}]", " ".join(d["policies"]))),
]
MAX_REASON = 90


def bare(text):
    """A reason without what is of one case alone."""
    text = re.sub(r"\([^()]*->[^()]*\)", "", text)
    text = re.sub(r'"[^"]*"', '""', text)
    text = re.sub(r"'[^']*'", "''", text)
    text = re.sub(r"; .* was passed over:.*", "; passed over", text)
    text = re.sub(r"\S*t\d+\.(example|EXAMPLE)\S*", "NAME", text)
    text = re.sub(r"\b10\.\d+\.\d+\.\d+|2001:db8:\S+", "CLIENT", text)
    return re.sub(r"\d+", "9", text)[:MAX_REASON].strip()


def pyspf_on(zone, client, sender, helo):
    def look_up(name, kind, *_):
        code, records = zone.look_up(name, kind)
        if code == SERVFAIL:
            raise spf.TempError("DNS SERVFAIL")
        own = [value for _, its, value in records if its == kind]
        return [((name, kind), [value] if kind == "TXT" else value) for value in own]

    spf.DNSLookup = look_up
    try:
        query = spf.query(i=client, s=sender, h=helo, receiver="mx.receiver.example", strict=True)
        word, _, text = query.check()
        return word.lower(), str(text)
    except Exception as error:  # noqa: BLE001
        return "died", f"{type(error).__name__} {error}"


def play(judge, perl, found, client, helo, sender):
    """One case, whose zone is the judge's. Gives alignd's word."""
    judge.connect(client, helo)
    words, line = judge(b"Subject: x\r\n\r\nx\r\n", sender=sender)
    ours, why = words.get("spf", "-"), line.get("spf", {}).get("reason", "")
    others = {"pyspf": pyspf_on(judge.zone, client, sender, helo)}
    word, _, text = perl.ask({"client": client, "helo": helo, "sender": sender}).partition("\t")
    others["Mail::SPF"] = (word, text)
    policies = {name: [t.decode("latin-1") for t in its["TXT"]] for name, its in judge.zone.names.items() if "TXT" in its}
    for who, (theirs, text) in others.items():
        if theirs == ours:
            continue
        third = others[next(other for other in others if other != who)][0]
        found.add(who, f"alignd {ours}, it {theirs}, the third {third}", f"{bare(why)} | {bare(text)}",
                  json.dumps([client, helo, sender, why, text, policies]),
                  {"why": why, "text": text, "ours": ours, "theirs": theirs, "both": third == theirs, "client": client, "helo": helo,
                   "sender": sender, "policies": [text for texts in policies.values() for text in texts]})
    return ours


def compare(chance, count, judge, found):
    perl = Peer("mail_spf.pl", judge.zone)
    for number in range(count):
        case = Case(chance, number, judge.zone)
        play(judge, perl, found, case.client, case.helo, case.sender)
    perl.close()
