"""DMARC: generated records against Mail::DMARC (Debian: libmail-dmarc-perl), by what is done to the message: pass, none,
quarantine or reject."""
import re

from judge import Peer

VERSIONS = ["v=DMARC1"] * 24 + ["v=dmarc1", "V=DMARC1", "v = DMARC1", " v=DMARC1", "v=DMARC2", "v=DMARC1x", "v=", "DMARC1",
                                "v:DMARC1", "v=DMARC1."]
POLICIES = ["none", "quarantine", "reject"]
ODD_POLICIES = ["NONE", "Quarantine", "REJECT", "block", "", "reject,none", "\"reject\"", "re ject", "quarantine;"]
TAGS = ["adkim=r", "adkim=s", "aspf=r", "aspf=s", "aspf=S", "aspf=x", "ASPF=s", "pct=0", "pct=100", "pct=50", "pct=x",
        "rua=mailto:a@x.example", "rua=mailto:a@x.example,mailto:b@y.example!10m", "rua=x",
        "ruf=mailto:a@x.example", "fo=1", "fo=0:1:d:s", "fo=x", "rf=afrf", "ri=86400", "ri=x", "psd=n", "psd=u", "psd=y", "psd=x",
        "t=n", "t=y", "t=Y", "t=x", "x=y", "x-y=z", "unknown=a b", "p2=x", "=x", "x", "x="]


def policy(chance):
    return chance.choice(POLICIES) if chance.random() < 0.9 else chance.choice(ODD_POLICIES)


def record(chance):
    tags = []
    if chance.random() < 0.92:
        tags.append(f"p={policy(chance)}")
    for name, odds in (("sp", 0.4), ("np", 0.25), ("p", 0.04), ("sp", 0.04)):
        if chance.random() < odds:
            tags.append(f"{name}={policy(chance)}")
    tags += [chance.choice(TAGS) for _ in range(chance.choice((0, 0, 1, 2, 3, 5)))]
    if chance.random() < 0.5:
        chance.shuffle(tags)
    if chance.random() < 0.1:
        tags = [tag.replace("=", chance.choice((" = ", "= ", "\t=", "=")), 1) for tag in tags]
    if chance.random() < 0.05:
        tags = [tag.partition("=")[0].upper() + "".join(tag.partition("=")[1:]) for tag in tags]
    tags.insert(0 if chance.random() < 0.98 else chance.randrange(len(tags) + 1), chance.choice(VERSIONS))
    return chance.choice(("; ", "; ", ";", " ; ", ";  ")).join(tags) + chance.choice(("", "", ";", " ", "; ", ";;", " ;", "."))


def applied(result, disposition):
    return "pass" if result == "pass" else disposition or "none"


def tags_of(text):
    return [(name.strip().lower(), value.strip().lower()) for name, _,
            value in (part.partition("=") for part in text.split(";")) if name.strip()]


def all_tags(d):
    return [tag for _, text in d["records"] for tag in tags_of(text)]


def twice(d):
    """Some tag stands more than once in a record."""
    lists = [[name for name, _ in tags_of(text)] for _, text in d["records"]]
    return any(len(names) != len(set(names)) for names in lists)


# Rows of README.md.
KNOWN = [
    ("Mail::DMARC", "pct= counts", lambda d: "sampled_out" in d["reason"]),
    ("Mail::DMARC", "t=y is not known", lambda d: ("t", "y") in all_tags(d) and d["word"] == "fail"),
    ("Mail::DMARC", "np= is not known", lambda d: d["said"].get("selected") == "np" and d["word"] == "fail"),
    ("Mail::DMARC", "the organizational domain is the public suffix list's, without psd= and the walk",
     lambda d: d["theirs"] == "pass" and d["word"] == "fail" and "is not aligned;" in d["said"].get("reason", "")),
    ("Mail::DMARC", "a record begins with v=DMARC1 in any case, without blanks, whatever follows",
     lambda d: any(not re.match(r"[vV]=DMARC1[ \t]*(;|$)", text) for _, text in d["records"])),
    ("Mail::DMARC", "sp= counts where p=none stands for a p= that is missing",
     lambda d: d["ours"] == "none" and d["word"] == "fail" and "p" not in [name for name, _ in all_tags(d)]),
    ("Mail::DMARC", "several records at a name end the search",
     lambda d: "too many policies" in d["reason"] and len({name for name, _ in d["records"]}) < len(d["records"])),
    ("Mail::DMARC", "p=, sp= and np= are not checked, and lose the blanks in them",
     lambda d: d["word"] == "permerror" or any(tag in ("p", "sp", "np") and value not in POLICIES for tag, value in all_tags(d))),
    ("Mail::DMARC", "what the sender wrote in capitals comes out in capitals", lambda d: d["theirs"].lower() == d["ours"]),
    ("Mail::DMARC", "of a tag that stands twice the last counts", twice),
    ("Mail::DMARC", "a p= that is no policy is p=none without alignment, or nothing, though there is a rua=",
     lambda d: d["ours"] == "pass" and d["theirs"] == "none"),
]


def compare(chance, count, judge, found):
    perl = Peer("mail_dmarc.pl", judge.zone)
    zone = judge.zone
    for number in range(count):
        organization = f"t{number}.example"
        author = chance.choice((organization, organization, f"mail.{organization}", f"a.b.{organization}"))
        envelope = chance.choice((author, f"bounce.{author}", organization, f"other{number}.example"))
        zone.clear()
        zone.add(organization, "A", "192.0.2.1")
        exists = chance.random() < 0.8
        if exists:
            zone.add(author, "A", "192.0.2.1")
        spf = "pass" if chance.random() < 0.3 else "fail"
        zone.add(envelope, "TXT", b"v=spf1 +all" if spf == "pass" else b"v=spf1 -all")
        places = {organization: 0.8, author: 0.4 if author != organization else 0}
        records = [(name, record(chance)) for name,
                   odds in places.items() if chance.random() < odds for _ in range(chance.choice((1,) * 12 + (2,)))]
        for name, text in records:
            zone.add(f"_dmarc.{name}", "TXT", text.encode())
        words, line = judge(f"From: a@{author}\r\n\r\nx\r\n".encode(), sender=f"b@{envelope}")
        said = line["dmarc"]
        ours = applied(words.get("dmarc"), said.get("disposition"))
        result, disposition, reason = perl.ask({"from": author, "envelope": envelope, "spf": spf}).split("\t", 2)
        theirs = applied(result, disposition) if result != "died" else "died"
        if theirs != ours:
            found.add("Mail::DMARC", f"alignd {words.get('dmarc')} {ours}, it {theirs}",
                      f"selected {said.get('selected')} | {re.sub(r'[0-9]+', '9', reason)[:60]}",
                      (author, envelope, spf, exists, records, said.get("reason"), reason),
                      {"ours": ours, "theirs": theirs, "word": words.get("dmarc"), "said": said, "reason": reason,
                       "records": records, "author": author, "exists": exists, "spf": spf})
    perl.close()
