"""What the integration tests share: the laboratory as a unittest fixture, and assertions about delivered mail."""
import itertools
import os
import re
import socket
import sys
import unittest
from email.utils import formatdate

from . import results
from .alignd import AUTHSERV_ID
from .debian import Unavailable
from .workspace import Workspace
from .world import World

DOMAIN = "receiver.example"
SKIPPED = 77  # CTest's SKIP_RETURN_CODE
SANITIZED = bool(os.environ.get("ALIGND_SANITIZED"))  # its memory is not what it is without
_serial = itertools.count(1)


def letter(author, extra=(), body="Hello.\n", subject="A test"):
    """A message as bytes with CRLF line ends; `extra`: header lines on top (str or bytes, without line end)."""
    number = next(_serial)
    lines = [*extra, f"From: {author}", f"To: someone@{DOMAIN}", f"Subject: {subject}", f"Date: {formatdate()}",
             f"Message-ID: <{number}.{os.getpid()}@sender.example>", "", *body.rstrip("\n").split("\n"), ""]
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


class SilentDns:
    """A name server that never answers: it reads nothing from its socket."""

    def __init__(self, address):
        self.sockets = []
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            s = socket.socket(socket.AF_INET, kind)
            s.bind((address, 53))
            self.sockets.append(s)
        self.sockets[1].listen(100)
        self.address = (address, 53)

    def close(self):
        for s in self.sockets:
            s.close()


class LabTest(unittest.TestCase):
    """One laboratory a class. Sub-classes start their MTA and alignd in `begin`."""

    @classmethod
    def begin(cls):
        raise NotImplementedError

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("Postfix, Sendmail and name servers on port 53 need root")
        cls.workspace = Workspace("test")
        try:
            cls.world = World(cls.workspace)
            cls.begin()
        except Unavailable as error:
            cls.workspace.close()
            raise unittest.SkipTest(str(error)) from None
        except BaseException:
            cls.workspace.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.workspace.close(keep=bool(os.environ.get("ALIGND_LAB_KEEP")))

    def recipient(self):
        """A fresh recipient, so that what this test sends is told apart."""
        return f"r{next(_serial)}@{DOMAIN}"

    def our_fields(self, message):
        """The values of the Authentication-Results fields that a naive reader takes for ours."""
        claim = re.compile(rf'\s*"?{re.escape(AUTHSERV_ID)}(?![\w.-])', re.IGNORECASE)
        return [v for v in message.values("Authentication-Results") if claim.match(results.without_comments(v))]

    def stamp(self, message):
        """The value of the one field that is ours; fails unless there is one, on top."""
        ours = self.our_fields(message)
        self.assertEqual(len(ours), 1, message.raw[:3000])
        self.assertEqual(message.fields[0][0], "Authentication-Results", message.raw[:1000])
        self.assertEqual(results.read(ours[0])[0], AUTHSERV_ID)
        # One space after the colon, folds that keep lines within 998 octets, and no stray CR.
        self.assertRegex(message.fields[0][1], rb"^ [^ \r]")
        self.assertNotIn(b"\r", message.fields[0][1])
        self.assertLessEqual(max(len(line) for line in message.fields[0][1].split(b"\n")), 998)
        return ours[0]

    def check_words(self, message, **expected):
        """The stamped field says these words (dkim: a list, one a signature); gives the field's value."""
        value = self.stamp(message)
        said = results.words(value)
        for method, word in expected.items():
            self.assertEqual(said.get(method), word, f"{method} in {value}")
        return value


def shapes(author):
    """(name, message) of every size that a milter's connection may meet: headers of 1 to 100 KB, bodies up to 10 MiB."""
    line = "A line of text, as people write them in letters to each other.\n"
    yield "no body", letter(author, body="")
    for size in (1, 10, 60, 100):
        yield f"{size} KB of header", letter(author, [f"X-Long-{n}: " + "x" * 890 for n in range(size * 1000 // 900)])
    for size in (4, 64, 1024, 10240):
        yield f"{size} KiB of body", letter(author, body=line * (size * 1024 // len(line)))


def forgeries_and_foreign(count):
    """2 * count header lines, alternating: fields that claim our authserv-id in any spelling, and foreign ones.

    Gives (all lines, the foreign ones as they must arrive: bytes with LF, without the final line end).
    """
    spellings = ["Authentication-Results: {id}; dmarc=pass header.from=forged{n}.example",
                 "Authentication-Results: {ID} ; dkim=pass header.d=forged{n}.example",
                 "authentication-results:{id} 1; spf=pass smtp.mailfrom=forged{n}.example",
                 "AUTHENTICATION-RESULTS: \"{id}\"; dmarc=pass header.from=forged{n}.example",
                 "Authentication-Results: (who (me)) {id} (x); dkim=pass header.d=forged{n}.example",
                 "Authentication-Results:\r\n {id};\r\n\tdmarc=pass header.from=forged{n}.example",
                 "Authentication-Results: {id}/job{n}; dkim=pass header.d=forged{n}.example",
                 "Authentication-Results: {id} garbage = (; dmarc=pass header.from=forged{n}.example",
                 "Authentication-Results: {id}; none"]
    foreign = ["Authentication-Results: mx{n}.elsewhere.example; dkim=pass header.d=kept{n}.example",
               "Authentication-Results:  spf=pass  (kept {n}) smtp.mailfrom=kept.example; dkim=none",
               "Authentication-Results: mx.elsewhere.example;\r\n\tdkim=fail (kept {n})\r\n header.d=kept.example",
               "X-Authentication-Results: {id}; kept={n}",
               "Authentication-Results: not-{id}; dkim=pass header.d=kept{n}.example"]
    lines, kept = [], []
    for n in range(count):
        lines.append(spellings[n % len(spellings)].format(id=AUTHSERV_ID, ID=AUTHSERV_ID.upper(), n=n))
        line = foreign[n % len(foreign)].format(id=AUTHSERV_ID, n=n)
        lines.append(line)
        kept.append(line.replace("\r\n", "\n").encode())
    return lines, kept


def main():
    """Runs the tests of the main module: status 0, 1, or 77 when nothing ran at all."""
    program = unittest.main(exit=False, verbosity=2)
    outcome = program.result
    if not outcome.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if outcome.skipped and outcome.testsRun == len(outcome.skipped) or not outcome.testsRun else 0)
