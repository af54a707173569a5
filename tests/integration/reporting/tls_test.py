#!/usr/bin/python3
"""Report mail to an MTA that wants TLS or a password: over the wire, with a certificate of the test's own."""
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "bench/reports")]
sys.dont_write_bytecode = True

from lines import DAY, lines  # noqa: E402
from smtp_server import SmtpServer, certificate  # noqa: E402

PROGRAM = os.environ["ALIGND_REPORT_PROGRAM"]
NOW = (DAY + 1) * 86400 + 7200
ZONE = """\
_dmarc.d0.example. TXT "v=DMARC1; p=none; rua=mailto:dmarc@d0.example"
d0.example. MX 10 mx.d0.example.
"""


class ToAnMta(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()) if hasattr(self, "enterContext") else tempfile.mkdtemp())
        self.cert = certificate(self.folder, "127.0.0.1")
        (self.folder / "zone").write_text(ZONE)
        (self.folder / "password").write_text("right\n")
        (self.folder / "lines").write_text("".join(lines(3, domains=1)))

    def server(self, **how):
        server = SmtpServer(self.cert, **how)
        self.addCleanup(server.close)
        return server

    def run_all(self, server, *more, scheme="smtp"):
        """One run against that server; gives its status and words."""
        settings = ["[reports]", 'org_name = "Receiver"', 'email = "dmarc@receiver.example"', 'domain = "receiver.example"',
                    f'store = "{self.folder / "reports.db"}"', 'spread = "0s"', 'timeout = "20s"',
                    f'smtp = "{scheme}://127.0.0.1:{server.port}"', *more]
        config = self.folder / "alignd.toml"
        config.write_text("\n".join(settings) + "\n")
        done = subprocess.run([PROGRAM, "run", str(self.folder / "lines"), "--config", str(config), "--zone", str(self.folder / "zone"),
                               "--now", str(NOW)], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def test_starttls_and_a_password(self):
        server = self.server(users={"report": "right"})
        status, said = self.run_all(server, 'tls = "always"', f'ca_file = "{self.cert[0]}"', 'user = "report"',
                                    f'password_file = "{self.folder / "password"}"')
        self.assertEqual(status, 0, said)
        self.assertEqual(len(server.mails), 1)
        mail = server.mails[0]
        self.assertTrue(mail["secure"])
        self.assertEqual(mail["user"], "report")
        self.assertTrue(mail["sender"].startswith("MAIL FROM:<dmarc@receiver.example>"), mail["sender"])
        self.assertIn("Subject: Report Domain: d0.example", mail["text"])
        # Nothing but EHLO and STARTTLS was said in the clear.
        clear = [line.split(" ")[0] for line in server.sessions[0] if not line.startswith("tls ")]
        self.assertEqual(clear, ["EHLO", "STARTTLS"])

    def test_tls_from_the_start(self):
        server = self.server(tls=True)
        status, said = self.run_all(server, f'ca_file = "{self.cert[0]}"', scheme="smtps")
        self.assertEqual(status, 0, said)
        self.assertEqual(len(server.mails), 1)

    def test_a_wrong_password_costs_no_report(self):
        server = self.server(users={"report": "other"})
        login = ('user = "report"', f'password_file = "{self.folder / "password"}"')
        status, said = self.run_all(server, 'tls = "always"', f'ca_file = "{self.cert[0]}"', *login)
        self.assertEqual(status, 2, said)
        self.assertIn("535", said)
        self.assertEqual(server.mails, [])
        server.users["report"] = "right"
        status, said = self.run_all(server, 'tls = "always"', f'ca_file = "{self.cert[0]}"', *login)
        self.assertEqual(status, 0, said)
        self.assertEqual(len(server.mails), 1)

    def test_always_means_always(self):
        """No STARTTLS offered, or a certificate that nobody vouches for: no mail, no password, and it waits."""
        login = ('user = "report"', f'password_file = "{self.folder / "password"}"')
        plain = self.server(starttls=False, users={"report": "right"})
        status, said = self.run_all(plain, 'tls = "always"', f'ca_file = "{self.cert[0]}"', *login)
        self.assertEqual(status, 2, said)
        self.assertNotIn("AUTH", "".join(plain.sessions[0]))
        self.assertEqual(plain.mails, [])
        stranger = self.server(users={"report": "right"})
        status, said = self.run_all(stranger, 'tls = "always"', *login)
        self.assertEqual(status, 2, said)
        self.assertNotIn("AUTH", "".join(stranger.sessions[0]))
        self.assertEqual(stranger.mails, [])
        # Both mails are still due.
        good = self.server(users={"report": "right"})
        status, said = self.run_all(good, 'tls = "always"', f'ca_file = "{self.cert[0]}"', *login)
        self.assertEqual((status, len(good.mails)), (0, 1), said)

    def test_offered_takes_what_there_is(self):
        server = self.server()
        status, said = self.run_all(server)
        self.assertEqual(status, 0, said)
        self.assertTrue(server.mails[0]["secure"])

    def test_offered_goes_without(self):
        server = self.server(starttls=False)
        status, said = self.run_all(server)
        self.assertEqual(status, 0, said)
        self.assertFalse(server.mails[0]["secure"])

    def test_never_means_never(self):
        server = self.server()
        status, said = self.run_all(server, 'tls = "never"')
        self.assertEqual(status, 0, said)
        self.assertFalse(server.mails[0]["secure"])


if __name__ == "__main__":
    unittest.main()
