#!/usr/bin/python3
"""From messages through Postfix and alignd to a report in a mailbox, and read back; killed at every step."""
import email
import email.policy
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab import smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, LabTest, letter, main  # noqa: E402

PROGRAM = os.environ["ALIGND_REPORT_PROGRAM"]
BOX = "dmarc@bank.example"  # rua of the demo's zone


class ReportInAMailbox(LabTest):
    """The demo's messages; the day after, their reports."""

    @classmethod
    def begin(cls):
        cls.store = cls.workspace.folder("reports") / "reports.db"
        server = (cls.workspace.address(25), 25)
        cls.alignd = Alignd(cls.workspace, cls.world.resolver, {"reports": "\n".join([
            'org_name = "Receiver"', f'email = "dmarc-reports@{DOMAIN}"', f'domain = "{DOMAIN}"', f'store = "{cls.store}"',
            f'smtp = "smtp://{server[0]}:{server[1]}"', 'spread = "0s"'])})
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter], server=server,
                              settings={"virtual_mailbox_domains": f"{DOMAIN} bank.example"})
        for case in cases(cls.world.keys):
            smtp.deliver(cls.postfix.server, case.message, case.sender, f"demo@{DOMAIN}", case.helo, case.client)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.alignd.stop()
        finally:
            super().tearDownClass()

    def report(self, *words, die_at=None, days=1):
        environment = dict(os.environ, **({"ALIGND_REPORT_DIE_AT": die_at} if die_at else {}))
        tomorrow = (int(time.time()) // 86400 + days) * 86400 + 7200
        return subprocess.run([PROGRAM, *words, "--config", str(self.alignd.config), "--now", str(tomorrow)],
                              capture_output=True, text=True, env=environment)

    def test_a_report_arrives_once_and_is_read(self):
        sent = len([v for v in self.alignd.verdicts() if v.get("dmarc", {}).get("policy_domain") == "bank.example"])
        self.assertGreater(sent, 0)
        # Nothing that dies before the mail is the MTA's costs a report, or doubles it.
        for step in ("marked", "placed", "committed", "closed", "made", "stored", "day made", "verified", "written"):
            self.assertEqual(self.report("run", die_at=f"{step}:1").returncode, -9, step)
        done = self.report("run")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        message = self.postfix.mailbox.wait_one(BOX)
        again = self.report("run")
        self.assertEqual(again.returncode, 0, again.stdout)

        parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
        self.assertRegex(parsed["Subject"], r"^Report Domain: bank\.example Submitter: receiver\.example Report-ID: [0-9a-f]{32}$")
        self.assertEqual(parsed["Auto-Submitted"], "auto-generated")
        self.assertEqual(parsed["From"].addresses[0].addr_spec, f"dmarc-reports@{DOMAIN}")
        attachment = next(parsed.iter_attachments())
        self.assertEqual(attachment.get_content_type(), "application/gzip")
        self.assertRegex(attachment.get_filename(), r"^receiver\.example!bank\.example!\d+!\d+![0-9a-f]{32}\.xml\.gz$")

        path = self.workspace.folder("reports") / "mail.eml"
        path.write_bytes(message.raw)
        shown = subprocess.run([PROGRAM, "read", str(path)], capture_output=True, text=True)
        self.assertEqual(shown.returncode, 0, shown.stdout)
        self.assertIn(f"{sent} message", shown.stdout)
        self.assertIn("bank.example: report", shown.stdout)
        print(shown.stdout)

        # The report mail came in through alignd itself, and is no row of any report: its own domain asks for none.
        self.assertEqual(len(self.postfix.mailbox.messages(BOX)), 1)
        own = [v for v in self.alignd.verdicts() if v["mail_from"] == f"dmarc-reports@{DOMAIN}"]
        self.assertEqual(len(own), 1)
        why = self.report("why", "bank.example", days=0)
        self.assertIn("sent", why.stdout)
        self.assertIn(f"mailto:{BOX}: good: within bank.example", why.stdout)

    def test_killed_while_the_mta_takes_it(self):
        """A day later: in doubt, shown, and never sent twice by itself."""
        before = len(self.postfix.mailbox.messages(BOX))
        smtp.deliver(self.postfix.server, letter("Bank <service@bank.example>"), "service@bank.example", f"late@{DOMAIN}",
                     "mail.bank.example", "192.0.2.10")
        other = self.workspace.folder("reports") / "other.db"
        where = ("--store", str(other))
        self.assertEqual(self.report("run", *where, die_at="claimed:1").returncode, -9)
        self.assertEqual(self.report("run", *where).returncode, 0)
        self.assertIn("1 in doubt", self.report("show", *where).stdout)
        self.assertEqual(len(self.postfix.mailbox.messages(BOX)), before)
        done = self.report("send", "--in-doubt", *where)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.postfix.mailbox.wait(BOX, before + 1)
        self.assertEqual(self.report("send", "--in-doubt", *where).returncode, 0)
        self.assertEqual(len(self.postfix.mailbox.messages(BOX)), before + 1)


if __name__ == "__main__":
    main()
