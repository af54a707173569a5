#!/usr/bin/env python3
"""Writes message_*.eml and the zones beside them: messages that fail, each for one reason that owners of domains meet.

    ./make_messages.py                           # needs openssl

Keys are made anew at every run and kept nowhere: the zones hold their public halves.
"""
import base64
import hashlib
import pathlib
import re
import subprocess
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
NOW = 1764150000  # 2025-11-26: the commands judge as of two hours later
OPTIONS = f"--config none --time {NOW + 7200} --ip 192.0.2.10 --helo mail.bank.example --mail-from news@bank.example"
ELSEWHERE = OPTIONS.replace("192.0.2.10", "198.51.100.7")
FIELDS = [("From", "Bank News <news@bank.example>"), ("To", "customer@example.net"),
          ("Subject", "Your statement"), ("Date", "Wed, 26 Nov 2025 09:40:00 +0000"),
          ("Message-ID", "<1@bank.example>")]
BODY = "Dear customer,\r\n\r\nyour statement is ready.\r\n"


def make_key():
    private = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=private, check=True,
                            capture_output=True).stdout
    return private, base64.b64encode(public).decode()


BANK, BANK_PUBLIC = make_key()
ESP, ESP_PUBLIC = make_key()


def txt(name, value, ttl=3600):
    """A TXT record; values longer than a character-string stand as several."""
    strings = " ".join(f'"{value[i:i + 200]}"' for i in range(0, len(value), 200))
    return f"{name}. {ttl} IN TXT {strings}"


def key(name, public=BANK_PUBLIC):
    return txt(name, f"v=DKIM1; k=rsa; p={public}")


def message(fields=FIELDS, body=BODY):
    return "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n" + body


def relaxed(field):
    """RFC 6376 section 3.4.2, without the final CRLF."""
    name, value = field.split(":", 1)
    return name.strip().lower() + ":" + re.sub(r"\s+", " ", value).strip()


def rsa(private, text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(private)
        file.flush()
        made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", file.name], input=text.encode(), check=True,
                              capture_output=True).stdout
    return base64.b64encode(made).decode()


def header_of(text):
    return text.split("\r\n\r\n", 1)[0].split("\r\n")


def body_hash(text):
    return base64.b64encode(hashlib.sha256(text.split("\r\n\r\n", 1)[1].encode()).digest()).decode()


def with_signature(name, tags, text, private):
    """The field `name` with these tags over five fields of `text` and its body, on top of it."""
    field = f"{name}: {tags};\r\n h=from:to:subject:date:message-id; bh={body_hash(text)};\r\n b="
    covered = [line for wanted in ("from", "to", "subject", "date", "message-id") for line in header_of(text)
               if line.lower().startswith(wanted + ":")]
    b = rsa(private, "".join(relaxed(line) + "\r\n" for line in covered) + relaxed(field))
    return field + "\r\n ".join(b[i:i + 70] for i in range(0, len(b), 70)) + "\r\n" + text


def signed(text, domain="bank.example", selector="s1", private=BANK, extra=""):
    tags = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector}; t={NOW}{extra}"
    return with_signature("DKIM-Signature", tags, text, private)


def sealed(text, by="list.example"):
    """With an ARC set on top, by somebody who found everything in order (RFC 8617 section 5.1)."""
    results = f"ARC-Authentication-Results: i=1; {by}; dkim=pass header.d=bank.example; spf=pass smtp.mailfrom=bank.example"
    tags = f"i=1; a=rsa-sha256; c=relaxed/relaxed; d={by}; s=arc; t={NOW}"
    message_signature = with_signature("ARC-Message-Signature", tags, text, ESP)[:-len(text)]
    seal = f"ARC-Seal: i=1; a=rsa-sha256; cv=none; d={by}; s=arc; t={NOW}; b="
    b = rsa(ESP, relaxed(results) + "\r\n" + relaxed(message_signature.replace("\r\n", "")) + "\r\n" + relaxed(seal))
    return seal + b + "\r\n" + message_signature + results + "\r\n" + text


def write(name, text, records, options=OPTIONS, dns=""):
    (FOLDER / f"message_{name}.eml").write_bytes(text.encode())
    command = f"; alignd-check message message_{name}.eml {options}\n"
    (FOLDER / f"message_{name}.zone").write_text(command + dns + "\n".join(records) + "\n")


SPF = txt("bank.example", "v=spf1 ip4:192.0.2.10 -all")
SPF_ESP = txt("esp.example", "v=spf1 ip4:198.51.100.7 -all")
SPF_LIST = txt("list.example", "v=spf1 ip4:198.51.100.7 -all")
DMARC = txt("_dmarc.bank.example", "v=DMARC1; p=reject; psd=n")
KEY = "s1._domainkey.bank.example"
BY_LIST = ELSEWHERE.replace("mail.bank.example", "mx.list.example").replace("news@bank.example", "dev-bounces@list.example")
BY_ESP = ELSEWHERE.replace("mail.bank.example", "out.esp.example").replace("news@bank.example", "b-17@esp.example")


def main():
    plain = message()
    write("signature_expired", signed(plain, extra=f"; x={NOW + 600}"), [SPF, DMARC, key(KEY)], ELSEWHERE)
    write("key_revoked", signed(plain), [SPF, DMARC, txt(KEY, "v=DKIM1; p=")], ELSEWHERE)
    write("cname_dangling", signed(plain), [SPF, DMARC, f"{KEY}. 300 IN CNAME s1.bank.example.keys.esp.example.",
                                            "esp.example. 3600 IN SOA ns1.esp.example. h.esp.example. 1 1 1 1 300",
                                            "esp.example. 3600 IN NS ns1.esp.example."], ELSEWHERE)
    write("cname_loop", signed(plain), [SPF, DMARC, f"{KEY}. 300 IN CNAME s1.keys.esp.example.",
                                        f"s1.keys.esp.example. 300 IN CNAME {KEY}."], ELSEWHERE)
    write("selector_typo", signed(plain, selector="s1l"), [SPF, DMARC, key(KEY)], ELSEWHERE)
    write("key_replaced", signed(plain), [SPF, DMARC, key(KEY, ESP_PUBLIC)], ELSEWHERE)
    through = signed(plain) + "_______________________________________________\r\ndev mailing list\r\nhttps://list.example/dev\r\n"
    write("body_changed_by_list", "List-Id: Developers <dev.list.example>\r\n" + through, [SPF, SPF_LIST, DMARC, key(KEY)],
          BY_LIST)
    write("spf_include_broken", plain, [txt("bank.example", "v=spf1 include:_spf.gone.example ip4:192.0.2.10 -all"), DMARC])
    write("esp_unaligned", signed(plain, "esp.example", "e1", ESP),
          [SPF, SPF_ESP, DMARC, key("e1._domainkey.esp.example", ESP_PUBLIC)], BY_ESP)
    write("dmarc_near_miss", signed(plain), [SPF, txt("_dmarc.bank.example", "v=DMARC1 p=reject; rua=mailto:d@bank.example"),
                                             key(KEY)])
    write("dns_temperror", signed(plain), [SPF, DMARC], ELSEWHERE, f"; refused {KEY}\n")
    write("spf_temperror", plain, [SPF, DMARC], OPTIONS, "; failing bank.example\n")
    write("dmarc_temperror", signed(plain), [SPF, DMARC, key(KEY)], OPTIONS, "; silent _dmarc.bank.example\n")
    arc = sealed(signed(plain)).replace("Subject: Your statement", "Subject: [dev] Your statement")
    write("arc_broken", arc, [SPF, SPF_LIST, DMARC, key(KEY), key("arc._domainkey.list.example", ESP_PUBLIC)], BY_LIST)


if __name__ == "__main__":
    main()
