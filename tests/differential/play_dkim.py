"""DKIM: generated messages, keys and signatures, then damaged or not, against dkimpy and Mail::DKIM (Debian: python3-dkim,
libmail-dkim-perl)."""
import base64
import re
import time

import dkim

from judge import Peer
from signer import Key, body_hash, canonical_body, chosen, fields_of, finished

DOMAIN = "bank.example"
NAMES = ["Subject", "To", "Cc", "Date", "Message-ID", "X-Odd", "x-odd", "MIME-Version", "List-Id", "X-Other", "Received"]


def some_text(chance, length):
    text = "".join(chance.choice("abc XYZ  \t.,;:=-_@<>\"'()\u00e4") for _ in range(chance.randrange(length)))
    return text if chance.random() < 0.97 else text + "long " * chance.choice((30, 250))


def some_message(chance):
    fields = ["From: Bank <service@bank.example>"]
    for _ in range(chance.randrange(1, 8)):
        value = some_text(chance, 60)
        while chance.random() < 0.3:
            value += "\r\n" + chance.choice(" \t") * chance.randrange(1, 3) + chance.choice(("f", "f", "(", ":")) + some_text(chance, 30)
        fields.append(chance.choice(NAMES) + (" :" if chance.random() < 0.01 else ":") + chance.choice(("", " ", "  ", "\t")) + value)
    chance.shuffle(fields)
    body = "\r\n".join(some_text(chance, 80) for _ in range(chance.choice((0, 0, 1, 2, 5, 8))))
    body += chance.choice(("", "\r\n", "\r\n\r\n", " \r\n", "\r\n \r\n\r\n", "\t"))
    if chance.random() < 0.02:
        place = chance.randrange(len(body) + 1)
        body = body[:place] + chance.choice(("\n", "\r", "\0")) + body[place:]
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + body.encode()


# What a key record may look like: text with {p} for the key, {k} for its kind.
RECORDS = ["v=DKIM1; k={k}; p={p}"] * 14 + [
    "k={k}; p={p}", "v=DKIM1; k={k}; h=sha256; p={p}", "v=DKIM1; k={k}; h=sha1:sha256; p={p}", "v=DKIM1; k={k}; h=sha1; p={p}",
    "v=DKIM1; k={k}; h=x; p={p}",
    "v=DKIM1; k={k}; s=email; p={p}", "v=DKIM1; k={k}; s=*; p={p}", "v=DKIM1; k={k}; s=other; p={p}",
    "v=DKIM1; k={k}; s=other:email; p={p}", "v=DKIM1; k={k}; t=y; p={p}",
    "v=DKIM1; k={k}; t=s; p={p}", "v=DKIM1; k={k}; t=y:s; p={p}", "v=DKIM1; k={k}; t=x; p={p}",
    "v=DKIM1; k={k}; n=some notes=20; p={p}", "v=DKIM1; k={k}; x=unknown; p={p}",
    "v=DKIM1; k={k}; g=*; p={p}", "v=DKIM1; k={k}; g=service; p={p}", "v=DKIM1; k={k}; g=; p={p}", "v=DKIM1;k={k};p={p};",
    " v=DKIM1 ; k = {k} ; p = {p} ", "v=DKIM1; p={p}; k={k}",
    "v=DKIM1; K={k}; P={p}", "v=dkim1; k={k}; p={p}", "v=DKIM2; k={k}; p={p}", "k={k}; v=DKIM1; p={p}", "v=DKIM1; k={K}; p={p}",
    "v=DKIM1; k=x; p={p}", "v=DKIM1; k={k}; p=",
    "v=DKIM1; k={k}", "v=DKIM1; k={k}; p={p}; p={p}", "v=DKIM1; k={k};; p={p}", "v=DKIM1; k={k}; p={p}x",
    "v=DKIM1; k={k}; p=*{p}", "v=DKIM1; k={k}; p={half}", "p={p}", "v=DKIM1 k={k} p={p}",
    "v=DKIM1; k={k}; p={folded}", "", "hello", "v=DKIM1; k={k}; t=s ; s=email ; p={p}",
    "v=DKIM1; k={k}; h= sha256 : sha1 ; p={p}", "v=DKIM1; k={k}; 1x=y; p={p}", "v=DKIM1; k={k}; x; p={p}"]
SPECIAL = ["none", "servfail", "two", "alias", "other and key"]


def publish(chance, zone, key):
    """Puts a record of the key at the selector; gives what is odd about it."""
    zone.clear()
    name = f"s{publish.number}._domainkey.{DOMAIN}"
    form = chance.choice(RECORDS)
    p = key.public
    text = form.format(k=key.algorithm, K=key.algorithm.upper(), p=p, half=p[:len(p) // 2], folded=p[:20] + " " + p[20:]).encode()
    special = chance.choice(SPECIAL) if chance.random() < 0.05 else ""
    if special == "servfail":
        zone.add(name, "FAIL")
    elif special == "alias":
        zone.add(name, "CNAME", "key.other.example")
        zone.add("key.other.example", "TXT", text)
    elif special != "none":
        if special == "other and key":
            zone.add(name, "TXT", b"hello")
        zone.add(name, "TXT", text)
        if special == "two":
            zone.add(name, "TXT", f"v=DKIM1; k={key.algorithm}; p=".encode())
    return f"{special}: {form}"


publish.number = 0


def signature(chance, message, key, selector):
    """The message with a signature on top."""
    head, _, body = message.partition(b"\r\n\r\n")
    fields = fields_of(head)
    names = [field.partition(b":")[0].rstrip(b" \t") for field in fields]
    signed = [name for name in names if name.lower() != b"from" and chance.random() < 0.7]
    signed.insert(chance.randrange(len(signed) + 1), b"From")
    for _ in range(chance.choice((0, 0, 0, 1, 2))):  # signed more often than it stands there
        signed.append(chance.choice((b"from", b"Subject", b"x-absent", b"Received", b"To")))
    if chance.random() < 0.2:
        signed = [name.lower() for name in signed]
    if chance.random() < 0.02:
        signed = [name for name in signed if name.lower() != b"from"] or [b"To"]
    header_form, body_form = chance.choice(("simple", "relaxed")), chance.choice(("simple", "relaxed"))
    tags = {"v": "1", "a": f"{key.algorithm}-sha256", "c": f"{header_form}/{body_form}", "d": DOMAIN, "s": selector}
    if body_form == "simple" and chance.random() < 0.3:
        tags["c"] = header_form
    if tags["c"] in ("simple", "simple/simple") and chance.random() < 0.3:
        del tags["c"]
    length = None
    if chance.random() < 0.12:
        whole = len(canonical_body(body, body_form))
        length = max(0, whole + chance.choice((0, 0, 0, -1, -5, 1, -whole)))
        tags["l"] = f"{length}"
    now = int(time.time())
    for odds, name, values in ((0.3, "i",
                                ("@bank.example", "service@bank.example", "x@sub.bank.example", "@SUB.bank.example",
                                 "x@other.example", "x=40y@bank.example", "@xbank.example", "bank.example", "")),
                               (0.2, "q", ("dns/txt", "dns", "dns/txt:x", "x")),
                               (0.3, "t", (f"{now - 100}", f"{now - 100}", "0", f"{now + 90000}", "x")),
                               (0.2, "x", (f"{now + 9000}", f"{now + 9000}", f"{now - 9000}", "1", f"{now + 10**12}", "x")),
                               (0.1, "z", ("From:x|To:y=20z", "")), (0.1, "y", ("unknown", "")),
                               (0.03, "v", ("2", "", "1.0", "01")),
                               (0.03, "a", ("rsa-sha1", "RSA-SHA256", "x", "rsa-sha512", "ed25519-sha256")),
                               (0.03, "d", ("BANK.example", "other.example", "example", "", "bank.example.")),
                               (0.02, "s", ("none", "", selector.upper())), (0.02, "c", ("x", "relaxed/x", "RELAXED/relaxed", "simple/"))):
        if chance.random() < odds:
            tags[name] = chance.choice(values)
    colon = chance.choice((b":", b":", b" : ", b":\r\n\t"))
    tags["h"] = (colon.join(signed) + (b":" if chance.random() < 0.01 else b"")).decode()
    tags["bh"] = body_hash(body, body_form, length)
    if chance.random() < 0.02:
        del tags[chance.choice([name for name in ("v", "a", "d", "s", "h", "bh") if name in tags])]
    order = list(tags)
    if chance.random() < 0.3:
        chance.shuffle(order)
    between = chance.choice(("; ", ";", ";\r\n\t", " ;\r\n ")) if chance.random() < 0.5 else "; "
    equals = " = " if chance.random() < 0.1 else "="
    unsigned = ("DKIM-Signature: " + between.join(f"{name}{equals}{tags[name]}" for name in order) + f"{between}b=").encode()
    field = finished(unsigned, chosen(fields, signed), key, header_form)
    if chance.random() < 0.05:
        field += b";"  # behind b=, unsigned: it breaks all but those who blank b= up to the end
    return field + b"\r\n" + message


def refolded(chance, fields):
    number = chance.randrange(len(fields))
    places = [m.start() for m in re.finditer(rb"(?<=[^ \t\r\n])[ \t](?=[^ \t\r\n])",
                                             fields[number]) if m.start() > fields[number].find(b":") + 1]
    if places:
        place = chance.choice(places)
        fields[number] = fields[number][:place] + b"\r\n" + fields[number][place:]


def damage(chance, message):
    """(what was done, the message)."""
    head, blank, body = message.partition(b"\r\n\r\n")
    fields = fields_of(head)
    kind = chance.choice(("none", "none", "none", "none", "blank in a field", "blank in the body", "end of the body",
                          "letter in the body", "letter in a field", "field on top",
                          "field at the bottom", "case of a name", "blanks in a tag", "order of fields", "a field less",
                          "a field twice", "folding", "unfolding", "tag twice", "base64",
                          "line ends", "signature twice", "case of a tag", "blank line at the top of the body", "body gone"))
    number = chance.randrange(len(fields))
    if kind == "blank in a field":
        place = chance.randrange(fields[number].find(b":") + 1, len(fields[number]) + 1)
        fields[number] = fields[number][:place] + chance.choice((b" ", b"\t")) + fields[number][place:]
    elif kind == "blank in the body":
        place = chance.randrange(len(body) + 1)
        body = body[:place] + b" " + body[place:]
    elif kind == "end of the body":
        body += chance.choice((b"\r\n", b"\r\n\r\n", b" ", b"\t\r\n", b"x"))
    elif kind == "letter in the body":
        body = b"q" + body
    elif kind == "letter in a field":
        fields[-1] += b"q"
    elif kind in ("field on top", "field at the bottom"):
        fields.insert(0 if kind == "field on top" else len(fields),
                      chance.choice((b"Subject: other", b"X-Odd: other", b"From: Other <a@other.example>", b"X-Absent: y", b"Received: z")))
    elif kind == "case of a name":
        name, colon, value = fields[number].partition(b":")
        fields[number] = name.swapcase() + colon + value
    elif kind == "blanks in a tag":
        fields = [field.replace(b"; s=", b" ;\ts = ", 1) for field in fields]
    elif kind == "order of fields":
        chance.shuffle(fields)
    elif kind == "a field less" and len(fields) > 2:
        del fields[number]
    elif kind == "a field twice":
        fields.insert(chance.choice((number, number + 1, 0, len(fields))), fields[number])
    elif kind == "folding":
        refolded(chance, fields)
    elif kind == "unfolding":
        fields[number] = re.sub(rb"\r\n(?=[ \t])", b"", fields[number])
    elif kind == "tag twice":
        fields = [field.replace(b"; d=", b"; d=bank.example; d=", 1) if field.startswith(b"DKIM-S") else field for field in fields]
    elif kind == "base64":
        fields = [field.replace(b"b=", chance.choice((b"b= \r\n ", b"b=*", b"b=A", b"b=\r\n\t")),
                                1) if field.startswith(b"DKIM-S") else field for field in fields]
    elif kind == "line ends":
        body = body.replace(b"\r\n", chance.choice((b"\n", b"\r\n\r\n", b" \r\n", b"\r\r\n")), chance.choice((1, 99)))
    elif kind == "signature twice":
        fields.insert(0, fields[0])
    elif kind == "case of a tag":
        fields = [re.sub(rb"\b(s|d|c)=", lambda m: m.group(0).upper(), field,
                         count=1) if field.startswith(b"DKIM-S") else field for field in fields]
    elif kind == "blank line at the top of the body":
        body = b"\r\n" + body
    elif kind == "body gone":
        body = b""
    return kind, b"\r\n".join(fields) + blank + body


def body_of(facts):
    return facts["message"].partition(b"\r\n\r\n")[2]


def relaxed_body(facts):
    return re.search(rb"[/](?i:relaxed)", facts["message"]) is not None


def from_fields(facts):
    return len(re.findall(rb"(?im)^from[ \t]*:", facts["message"].partition(b"\r\n\r\n")[0]))


def passes(reason):
    return lambda d: d["passes"] and re.search(reason, d["why"])


# Rows of README.md.
KNOWN = [
    ("Mail::DKIM", "Ed25519 is not known", lambda d: d["algorithm"] == "ed25519" and not d["passes"]),
    ("dkimpy", "a blank before the colon of a field name is an error", lambda d: "in RFC822 header" in d["text"]),
    ("dkimpy", "relaxed: blanks at the end of a last line without CRLF stay",
     lambda d: relaxed_body(d) and "body hash mismatch" in d["text"] and body_of(d)[-1:] in (b" ", b"\t")),
    ("Mail::DKIM", "simple: a last line without CRLF gets none",
     lambda d: not relaxed_body(d) and "body has been altered" in d["text"] and not body_of(d).endswith(b"\r\n")),
    ("dkimpy", "a second From field that is not signed is a failure", lambda d: from_fields(d) > 1 and not d["passes"]),
    ("any", "an l= that leaves octets uncovered passes", passes("unsigned_body")),
    ("any", "an l= beyond the end of the body passes", passes("l= is larger than the body")),
    ("Mail::DKIM", "a signature of the future passes", passes("not_yet_valid")),
    ("dkimpy", "an x= without a t= is not looked at", passes("expired ")),
    ("any", "an x= before t= passes", passes("expires_before_signed")),
    ("Mail::DKIM", "the syntax of numbers, base64, versions and key records is not looked at",
     passes("neutral syntax|key_syntax|unknown_version|missing_tag|bad_domain|unknown_")),
    ("dkimpy", "the syntax of key records is hardly looked at", passes("key_syntax")),
    ("dkimpy", "h= of the key is not looked at", passes("key_wrong_hash")),
    ("any", "a signature that leaves From out passes", passes("from_not_signed")),
    ("any", "k= in upper case is not known", lambda d: "{K}" in d["record"] and not d["passes"]),
    ("any", "q= other than dns/txt is not known", lambda d: re.search(rb"q ?= ?dns(/txt:x|[^/])", d["message"]) and not d["passes"]),
    ("Mail::DKIM", "no blanks may stand around the colons of h= of a key", lambda d: "h= sha256 : sha1" in d["record"] and not d["passes"]),
    ("any", "g= of RFC 4871 counts", lambda d: "g=" in d["record"] and not d["passes"]),
    ("any", "of several records the first alone counts", lambda d: d["record"].startswith(("two", "other and key"))),
    ("dkimpy", "a bare LF in the body is a line end",
     lambda d: re.search(rb"(?<!\r)\n", body_of(d)) and ("body hash mismatch" in d["text"] or passes("body_hash_mismatch")(d))),
    ("dkimpy", "a= in upper case is not known", lambda d: b"RSA-SHA256" in d["message"] and "unknown signature algorithm" in d["text"]),
    ("dkimpy", "what a= says is overruled by the key", passes("key_wrong_type")),
    ("dkimpy", "t=s of the key is not looked at", passes("key_strict_identity")),
    ("dkimpy", "c= in upper case is not known", lambda d: "invalid c= value" in d["text"]),
    ("dkimpy", "a list in s= or t= of a key is an error", lambda d: re.search("[st]=[a-z ]+[:;]", d["record"]) and not d["passes"]),
]


def dkimpy_on(zone, message):
    says = []

    class Logger:
        debug = info = warning = lambda *_: None

        @staticmethod
        def error(text, *_):
            says.append(str(text))

    try:
        return dkim.verify(message, dnsfunc=zone.for_dkimpy, logger=Logger), " ".join(says)
    except Exception as error:  # noqa: BLE001
        return False, f"{type(error).__name__} {error}"


def bare(text):
    return re.sub(r"\d+", "9", re.sub(r"b'[^']*'|'[^']*'|\"[^\"]*\"", "''", text))[:80]


def compare(chance, count, judge, found):
    keys = [Key("rsa"), Key("rsa"), Key("ed25519")]
    perl = Peer("mail_dkim.pl", judge.zone)
    for number in range(count):
        key = chance.choice(keys)
        publish.number = number
        record = publish(chance, judge.zone, key)
        kind, message = damage(chance, signature(chance, some_message(chance), key, f"s{number}"))
        words, line = judge(message)
        word = words.get("dkim", ["none"])[0]
        said = line["dkim"][0] if line.get("dkim") else {}
        ours, why = word == "pass", f"{word} {said.get('reason', '')}: {said.get('text', '')}"
        theirs, text = dkimpy_on(judge.zone, message)
        result, _, detail = perl.ask(["dkim", base64.b64encode(message).decode()]).partition("\t")
        others = {"dkimpy": (bool(theirs), text), "Mail::DKIM": (result == "pass", detail)}
        for who, (verdict, text) in others.items():
            if verdict != ours:
                third = "with us" if any(verdict == ours for verdict, _ in others.values()) else "with it"
                found.add(who, f"alignd {word} {said.get('reason', '')}, it {'passes' if verdict else 'fails'}, the third {third}",
                          f"{bare(said.get('text', ''))} | {bare(text)}", (kind, record, message.decode("latin-1"), why, text),
                          {"word": word, "damage": kind, "record": record, "message": message, "why": why, "text": text,
                           "passes": verdict, "both": all(verdict != ours for verdict, _ in others.values()),
                           "algorithm": key.algorithm})
    perl.close()
