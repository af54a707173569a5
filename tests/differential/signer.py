"""A signer of its own, so that any tag can stand in a signature and any rule be broken (Debian: python3-cryptography)."""
import base64
import hashlib
import re

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa


class Key:
    """`algorithm`: "rsa" or "ed25519"."""

    def __init__(self, algorithm, bits=1024):
        self.algorithm = algorithm
        if algorithm == "rsa":
            self.private = rsa.generate_private_key(65537, bits)
            public = self.private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            self.private = ed25519.Ed25519PrivateKey.generate()
            public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = base64.b64encode(public).decode()

    def sign(self, data):
        if self.algorithm == "rsa":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(data).digest())  # RFC 8463 section 3


def canonical_field(field, form):
    """`field`: octets without the final CRLF (RFC 6376 section 3.4.1, 3.4.2)."""
    if form == "simple":
        return field + b"\r\n"
    name, _, value = field.partition(b":")
    value = re.sub(rb"[ \t]+", b" ", re.sub(rb"\r\n(?=[ \t])", b"", value)).strip(b" \t")
    return name.lower().rstrip(b" \t") + b":" + value + b"\r\n"


def canonical_body(body, form):
    """RFC 6376 section 3.4.3, 3.4.4."""
    if form == "relaxed":
        body = re.sub(rb"[ \t]+(?=\r\n|\Z)", b"", body)
        body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb"(\r\n)+\Z", b"", body)
    if body or form == "simple":
        body += b"\r\n"
    return body


def fields_of(head):
    """The fields of a header (octets), each without its final CRLF."""
    return re.split(rb"\r\n(?![ \t])", head)


def chosen(fields, names):
    """The fields that h= names, from the bottom up (RFC 6376 section 5.4.2)."""
    left = list(fields)
    out = []
    for name in names:
        for i in range(len(left) - 1, -1, -1):
            if left[i].partition(b":")[0].rstrip(b" \t").lower() == name.lower():
                out.append(left.pop(i))
                break
    return out


def body_hash(body, form, length=None):
    return base64.b64encode(hashlib.sha256(canonical_body(body, form)[:length]).digest()).decode()


def finished(unsigned, signed_fields, key, form):
    """`unsigned`: the signature's field that ends in "b=". `signed_fields`: what it signs, in order."""
    data = b"".join(canonical_field(field, form) for field in signed_fields) + canonical_field(unsigned, form)[:-2]
    return unsigned + folded(base64.b64encode(key.sign(data)))


def folded(text):
    return b"\r\n\t".join(text[i:i + 70] for i in range(0, len(text), 70))
