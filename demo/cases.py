"""The messages of the demo: what each shows, and what alignd has to say about it."""
import re
from dataclasses import dataclass, field
from email.utils import formatdate

RECEIVER = "receiver.example"
BANK_CLIENT, ESP_CLIENT, CROOK_CLIENT = "192.0.2.10", "198.51.100.25", "203.0.113.66"


@dataclass
class Case:
    """One message through the MTA. `expect`: the result words by method, dkim's from the top signature on, and the
    cause of the verdict line;
    `forged`: texts that must be gone from the delivered message."""
    name: str
    title: str
    client: str
    helo: str
    sender: str
    message: bytes
    expect: dict
    shows: str
    forged: tuple = ()
    recipient: str = field(init=False)

    def __post_init__(self):
        self.recipient = f"{self.name}@{RECEIVER}"


def letter(author, name, subject, body, extra=()):
    """A plain message as bytes with CRLF line ends; `extra`: more header lines, on top."""
    lines = [*extra, f"From: {author}", f"To: {name}@{RECEIVER}", f"Subject: {subject}", f"Date: {formatdate()}",
             f"Message-ID: <{name}.{re.sub('[^0-9]', '', formatdate())}@sender.example>", "MIME-Version: 1.0",
             "Content-Type: text/plain; charset=utf-8", "", *body.split("\n"), ""]
    return "\r\n".join(lines).encode()


def cases(keys):
    """All cases, signed just now with `keys` (name to signing.Key, as the zone files name them)."""
    bank = "Bank <service@bank.example>"

    def bank_signed(message):
        return keys["bank-ed25519"].sign(keys["bank-rsa"].sign(message, "s1", "bank.example"), "s2", "bank.example")

    made = []

    def add(name, *rest, **more):
        made.append(Case(name, *rest, **more))

    add("pass", "Signed by its author's domain, RSA and Ed25519", BANK_CLIENT, "mail.bank.example",
        "service@bank.example", bank_signed(letter(bank, "pass", "Your statement", "Your statement is ready.")),
        {"spf": "pass", "dkim": ["pass", "pass"], "dmarc": "pass", "why": "aligned"},
        "SPF and both signatures pass and align with bank.example.")

    add("cname", "The key is a CNAME at the mail service, two hops away", ESP_CLIENT, "out.esp.example",
        "bounce-77@esp.example",
        keys["esp-pool"].sign(letter("Shop <news@shop.example>", "cname", "New in the shop", "Lamps, half price."),
                              "news", "shop.example"),
        {"spf": "pass", "dkim": ["pass"], "dmarc": "pass", "why": "aligned"},
        "news._domainkey.shop.example -> shop.keys.esp.example -> pool-2026.keys.esp.example.")

    add("delegated", "The key lives below an NS-delegated subdomain", ESP_CLIENT, "out.esp.example",
        "bounce-78@esp.example",
        keys["brand"].sign(letter("Brand <hello@brand.example>", "delegated", "Hello", "We delegated _domainkey."),
                           "m1", "brand.example", "simple/simple"),
        {"spf": "pass", "dkim": ["pass"], "dmarc": "pass", "why": "aligned"},
        "_domainkey.brand.example has name servers of its own; adkim=s, and c=simple survives byte for byte.")

    add("broken", "The body was changed on the way", CROOK_CLIENT, "relay.crook.example", "service@bank.example",
        bank_signed(letter(bank, "broken", "Payment", "Please pay to account 1111.")).replace(b"1111", b"6666"),
        {"spf": "fail", "dkim": ["fail", "fail"], "dmarc": "fail", "why": "modified"},
        "Both signatures are real, but not of this body.")

    add("unaligned", "A valid signature, but of somebody else", CROOK_CLIENT, "relay.crook.example", "x@crook.example",
        keys["crook"].sign(letter(bank, "unaligned", "Security alert", "Click here."), "k", "crook.example"),
        {"spf": "pass", "dkim": ["pass"], "dmarc": "fail", "why": "unaligned_signer"},
        "crook.example proves that it is crook.example; From says bank.example.")

    add("authors", "Two authors: which one would your reader see?", CROOK_CLIENT, "relay.crook.example",
        "x@crook.example",
        keys["crook"].sign(letter("Crook <x@crook.example>", "authors", "Hello", "Who am I?", [f"From: {bank}"]),
                           "k", "crook.example"),
        {"spf": "pass", "dkim": ["pass"], "dmarc": "permerror", "why": "ambiguous_author"},
        "Two From fields are never a pass, whoever signed.")

    add("unsigned", "No signature, from an address that SPF does not allow", CROOK_CLIENT, "relay.crook.example",
        "service@bank.example", letter(bank, "unsigned", "Your account", "Confirm your account."),
        {"spf": "fail", "dkim": ["none"], "dmarc": "fail", "why": "forged"},
        "Nothing stands for bank.example here.")

    add("forged", "It brings its own Authentication-Results", CROOK_CLIENT, "relay.crook.example", "x@crook.example",
        letter(bank, "forged", "Verified!", "See, it says pass.",
               ["Authentication-Results: mx.receiver.example; dkim=pass header.d=bank.example; dmarc=pass",
                "Authentication-Results: (x) \"MX.Receiver.Example\" 1;", "\tdmarc=pass header.from=bank.example",
                "Authentication-Results: mx.elsewhere.example; spf=none smtp.mailfrom=crook.example"]),
        {"spf": "pass", "dkim": ["none"], "dmarc": "fail", "why": "unaligned_signer"},
        "What claims our name is gone, in any spelling; the field of another system stays.",
        forged=("dkim=pass header.d=bank.example", "MX.Receiver.Example"))
    return made
