"""ARC: generated chains of one to five sets, whole or with one defect, against dkimpy and Mail::DKIM::ARC::Verifier (Debian:
python3-dkim, libmail-dkim-perl)."""
import base64
import re

import dkim

from judge import Peer
from play_dkim import bare, some_message
from signer import Key, body_hash, chosen, fields_of, finished

SEALERS = [f"hop{i}.example" for i in range(1, 6)]


def signed_message(chance, instance, fields, body, key, defect):
    """An ARC-Message-Signature field over `fields`."""
    names = [b"From"] + [field.partition(b":")[0] for field in fields if not field.lower().startswith((b"arc-",
                                                                                                       b"from")) and chance.random() < 0.6]
    if defect == "AMS signs the seal":
        names.append(b"ARC-Seal")
    if chance.random() < 0.2:
        names.append(b"ARC-Message-Signature")
    form = chance.choice(("relaxed/relaxed", "relaxed/relaxed", "relaxed/simple", "simple/simple"))
    header_form, body_form = form.split("/")
    tags = [f"i={instance}", "a=rsa-sha256", f"c={form}", f"d={SEALERS[instance - 1]}", "s=arc", "h=" + b":".join(names).decode(),
            "bh=" + body_hash(body, body_form)]
    if chance.random() < 0.3:
        tags.append("t=1700000000")
    if defect == "AMS has v=":
        tags.insert(0, "v=1")
    if chance.random() < 0.05:
        chance.shuffle(tags)
    unsigned = ("ARC-Message-Signature: " + chance.choice(("; ", "; ", ";\r\n\t")).join([*tags, "b="])).encode()
    return finished(unsigned, chosen(fields, names), key, header_form)


def seal(chance, instance, sets, key, defect):
    """An ARC-Seal field over all sets; the last of them lacks it (RFC 8617 section 5.1.1)."""
    cv = "none" if instance == 1 else "pass"
    if defect in ("cv=none", "cv=pass", "cv=fail", "cv=x", "cv="):
        cv = defect[3:]
    tags = [f"i={instance}", "a=rsa-sha256", f"cv={cv}", f"d={SEALERS[instance - 1]}", "s=arc"]
    if defect == "no cv=":
        del tags[2]
    if defect == "seal has h=":
        tags.append("h=from")
    if defect == "seal has c=":
        tags.append("c=simple/simple")
    if defect == "tag twice":
        tags.append(f"i={instance}")
    if chance.random() < 0.3:
        tags.append("t=1700000000")
    if chance.random() < 0.3:
        chance.shuffle(tags)
    unsigned = ("ARC-Seal: " + chance.choice(("; ", ";", ";\r\n ")).join([*tags, "b="])).encode()
    return finished(unsigned, [field for one in sets for field in one], key, "relaxed")


MAKING = ["AMS signs the seal", "AMS has v=", "cv=none", "cv=pass", "cv=fail", "cv=x", "cv=", "no cv=", "seal has h=",
          "seal has c=", "tag twice", "key of another"]
KEYS = ["no key", "key SERVFAIL", "key revoked", "key k=x", "key t=y", "key s=other"]
DONE = ["letter in a field", "letter in the body", "end of the body", "field of a set less", "set less", "field of a set twice",
        "instance changed", "instance 0", "instance 51", "blank in a set's field",
        "letter in AAR", "letter in an older AMS", "order of sets", "order of all", "folding in a seal", "case of names",
        "set on top", "AAR without i=", "spaces around i=", "i= with a zero", "b= broken"]


def chain(chance, zone, keys, number):
    """(what is wrong with it, the message)."""
    head, _, body = some_message(chance).partition(b"\r\n\r\n")
    fields = [field for field in fields_of(head) if b" :" not in field.partition(b":")[0] + b":"]
    count = chance.randrange(1, 6)
    kind = chance.random()
    defect = "none" if kind < 0.2 else chance.choice(MAKING) if kind < 0.45 else chance.choice(KEYS) if kind < 0.55 else chance.choice(DONE)
    at = chance.randrange(1, count + 1)
    zone.clear()
    sets = []
    for instance in range(1, count + 1):
        here = defect if instance == at else "none"
        key = keys[instance - 1]
        signer = keys[instance % 5] if here == "key of another" else key
        tags = {"key k=x": "k=x; ", "key t=y": "k=rsa; t=y; ", "key s=other": "k=rsa; s=other; "}.get(here, "k=rsa; ")
        record = f"v=DKIM1; {tags}p={'' if here == 'key revoked' else key.public}"
        name = f"arc._domainkey.{SEALERS[instance - 1]}"
        if here == "key SERVFAIL":
            zone.add(name, "FAIL")
        elif here != "no key":
            zone.add(name, "TXT", record.encode())
        dkim_word = chance.choice(("pass", "fail"))
        results = f"i={instance}; {SEALERS[instance - 1]}; spf=pass smtp.mailfrom=bank.example; dkim={dkim_word} header.d=bank.example"
        if instance > 1:
            results += "; arc=pass"
        one = [("ARC-Authentication-Results: " + results).encode()]
        one.append(signed_message(chance, instance, fields, body, signer, here))
        one.append(seal(chance, instance, [*sets, one], signer, here))
        sets.append(one)
        fields = [*reversed(one), *fields]
    return defect, broken(chance, defect, at, sets, fields, body)


def broken(chance, defect, at, sets, fields, body):
    count = len(sets)
    aar, ams, sealed = sets[at - 1]

    def swap(old, new):
        return [new if field is old else field for field in fields]

    if defect == "letter in a field":
        fields[-1] += b"q"
    elif defect == "letter in the body":
        body = b"q" + body
    elif defect == "end of the body":
        body += b"\r\n\r\n"
    elif defect == "field of a set less":
        gone = chance.choice(sets[at - 1])
        fields = [field for field in fields if field is not gone]
    elif defect == "set less":
        fields = [field for field in fields if not any(field is one for one in sets[at - 1])]
    elif defect == "field of a set twice":
        fields.insert(chance.randrange(2), chance.choice(sets[at - 1]))
    elif defect in ("instance changed", "instance 0", "instance 51", "spaces around i=", "i= with a zero"):
        new = {"instance changed": b"i=%d" % (at + 1), "instance 0": b"i=0", "instance 51": b"i=51",
               "spaces around i=": b"i = %d" % at, "i= with a zero": b"i=0%d" % at}[defect]
        old = chance.choice((aar, ams, sealed))
        fields = swap(old, re.sub(rb"\bi=\d", new, old, count=1))
    elif defect == "blank in a set's field":
        old = chance.choice((aar, ams, sealed))
        fields = swap(old, old.replace(b";", b" ;", 1))
    elif defect == "letter in AAR":
        fields = swap(aar, aar.replace(b"bank", b"dank", 1))
    elif defect == "letter in an older AMS":
        fields = swap(ams, ams.replace(b"s=arc", b"s=arx", 1))
    elif defect == "order of sets":
        mine = [field for one in sets for field in one]
        chance.shuffle(mine)
        fields = mine + fields[3 * count:]
    elif defect == "order of all":
        chance.shuffle(fields)
    elif defect == "folding in a seal":
        fields = swap(sealed, sealed.replace(b"; ", b";\r\n\t "))
    elif defect == "case of names":
        fields = [field.partition(b":")[0].swapcase() + b":" + field.partition(b":")[2] for field in fields]
    elif defect == "set on top":
        fields = [*reversed(sets[-1]), *fields]
    elif defect == "AAR without i=":
        fields = swap(aar, re.sub(rb"i=\d; ", b"", aar))
    elif defect == "b= broken":
        fields = swap(sealed, sealed + b"=*")
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def has(defect, theirs=None):
    return lambda d: d["defect"] == defect and (theirs is None or d["theirs"] == theirs)


def names_itself(message):
    """The newest ARC-Message-Signature names more of its kind than there are below it."""
    fields = [field for field in fields_of(message.partition(b"\r\n\r\n")[0]) if field.lower().startswith(b"arc-message-signature")]
    newest = max(fields, key=lambda field: int((re.search(rb"\bi *= *(\d+)", field) or [0, 0])[1]), default=b"")
    below = len(fields) - 1 - fields.index(newest) if newest else 0
    return len(re.findall(rb"(?i)arc-message-signature", newest)) - 1 > below


def simple_last_line(d):
    return b"/simple" in d["message"] and not d["message"].endswith(b"\r\n") and "body has been altered" in d["text"]


KNOWN = [
    ("dkimpy", "an ARC-Message-Signature without blank before i= and semicolon behind it: IndexError", lambda d: "IndexError" in d["text"]),
    ("any", "an ARC-Message-Signature named in its own h= is taken for an earlier one",
     lambda d: names_itself(d["message"]) and d["theirs"] == "fail"),
    ("Mail::DKIM", "simple: a last line without CRLF gets none", simple_last_line),
    ("dkimpy", "relaxed: blanks at the end of a last line without CRLF stay",
     lambda d: "Most recent ARC-Message-Signature did not" in d["text"] and d["message"][-1:] in (b" ",
                                                                                                  b"\t") and b"/relaxed" in d["message"]),
    ("dkimpy", "a bare LF in the body is a line end",
     lambda d: "Most recent" in d["text"] and re.search(rb"(?<!\r)\n", d["message"].partition(b"\r\n\r\n")[2])),
    ("dkimpy", "c= of a seal counts", has("seal has c=")),
    ("dkimpy", "fields of a set count in an order of their own, not in the order of RFC 8617 section 5.1.1",
     lambda d: d["defect"] in ("order of all", "order of sets")),
    ("dkimpy", "an older ARC-Message-Signature that signs seals breaks the chain", has("AMS signs the seal")),
    ("Mail::DKIM", "h= in a seal passes", has("seal has h=", "pass")),
    ("Mail::DKIM", "b= with octets that are no base64 passes", has("b= broken", "pass")),
    ("Mail::DKIM", "a key of another service, revoked or of unknown type passes",
     lambda d: d["defect"].startswith("key ") and d["theirs"] == "pass"),
]


def dkimpy_on(zone, message):
    try:
        cv, _, reason = dkim.arc_verify(message, dnsfunc=zone.for_dkimpy)
        return "ended" if cv is None else cv.decode(), reason
    except Exception as error:  # noqa: BLE001
        return "died", f"{type(error).__name__} {error}"


def compare(chance, count, judge, found):
    keys = [Key("rsa") for _ in SEALERS]
    perl = Peer("mail_dkim.pl", judge.zone)
    names = list(SEALERS)
    for number in range(count):
        SEALERS[:] = [f"n{number}.{name}" for name in names]
        defect, message = chain(chance, judge.zone, keys, number)
        words, line = judge(message)
        ours, why = words.get("arc", "none"), line["arc"].get("reason", "")
        result, _, detail = perl.ask(["arc", base64.b64encode(message).decode()]).partition("\t")
        others = {"dkimpy": dkimpy_on(judge.zone, message), "Mail::DKIM": (result, detail)}
        for who, (theirs, text) in others.items():
            if (theirs == "pass") != (ours == "pass") or (theirs == "none") != (ours == "none"):
                third = others[next(other for other in others if other != who)][0]
                found.add(who, f"{defect}: alignd {ours}, it {theirs}, the third {third}", f"{bare(why)} | {bare(text)[:60]}",
                          (message.decode("latin-1"), why, text),
                          {"defect": defect, "ours": ours, "theirs": theirs, "both": (third == "pass") == (theirs == "pass"),
                           "why": why, "text": text, "message": message})
    SEALERS[:] = names
    perl.close()
