"""DKIM keys made at run time, and signatures with them (by Debian's python3-dkim: not our own code under test)."""
import base64
import subprocess

import dkim


def _openssl(*argv, given=None):
    return subprocess.run(["openssl", *argv], input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=True).stdout


class Key:
    """A key pair; `algorithm` is "rsa" (`bits` long) or "ed25519"."""

    def __init__(self, algorithm="rsa", bits=2048):
        self.algorithm = algorithm
        if algorithm == "rsa":
            self.private = _openssl("genrsa", "-traditional", str(bits))
            public = _openssl("rsa", "-pubout", "-outform", "DER", given=self.private)
        else:
            der = _openssl("genpkey", "-algorithm", "ed25519", "-outform", "DER")
            self.private = base64.b64encode(der[-32:])  # RFC 8410: the seed ends the PKCS #8 form
            public = _openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", given=der)[-32:]
        self.public = base64.b64encode(public).decode()

    def record(self, tags=""):
        """The text of the key record (RFC 6376 section 3.6.1); `tags` such as "t=y; " go before p=."""
        return f"v=DKIM1; k={self.algorithm}; {tags}p={self.public}"

    def zone_text(self, tags=""):
        """The record as zone file text: character-strings of at most 255 octets (RFC 6376 section 3.6.2.2)."""
        text = self.record(tags)
        return "( " + " ".join(f'"{text[i:i + 200]}"' for i in range(0, len(text), 200)) + " )"

    def sign(self, message, selector, domain, canonicalization="relaxed/relaxed", fields=None):
        """`message` (bytes, CRLF) with a DKIM-Signature field on top."""
        header, body = (c.encode() for c in canonicalization.split("/"))
        algorithm = b"rsa-sha256" if self.algorithm == "rsa" else b"ed25519-sha256"
        signature = dkim.sign(message, selector.encode(), domain.encode(), self.private,
                              canonicalize=(header, body), signature_algorithm=algorithm,
                              include_headers=fields or [b"from", b"to", b"subject", b"date", b"message-id"])
        return signature + message
