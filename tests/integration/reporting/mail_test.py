#!/usr/bin/python3
"""From messages through Postfix and alignd to a report in a mailbox, and read back; killed at every step."""
import email
import email.policy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

import valid  # noqa: E402
from cases import cases  # noqa: E402
from lab import smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, LabTest, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

PROGRAM = os.environ["ALIGND_REPORT_PROGRAM"]
BOX = "dmarc@bank.example"  # rua of the demo's zone
FAILURES = "failures@bank.example"  # its ruf
# What Mail::DMARC::Report::Receive makes of a file, printed. Its release of 2021 knows no namespaces, which RFC 9990 has.
PEER = r"""
use strict; use warnings;
use Mail::DMARC::Report; use Mail::DMARC::Report::Receive;
{ no warnings 'redefine'; *Mail::DMARC::Report::save_aggregate = sub { 1 }; }
open(my $in, '-|', 'zcat', $ARGV[0]) or die; local $/; my $xml = <$in>;
$xml =~ s/ xmlns(:\w+)?="[^"]*"//g;
my $r = Mail::DMARC::Report::Receive->new;
$r->report->init; $r->handle_body($xml);
my $a = $r->report->aggregate; my ($messages, %sources) = (0);
for my $record (@{ $a->record }) { $messages += $record->row->count; $sources{$record->row->source_ip} = 1; }
print "\ndomain=", $a->policy_published->domain, "\np=", $a->policy_published->p, "\norg=", $a->metadata->org_name,
      "\nmessages=$messages\nsources=", join(',', sort keys %sources), "\n";
"""


class ReportInAMailbox(LabTest):
    """The demo's messages; the day after, their reports."""

    @classmethod
    def begin(cls):
        cls.store = cls.workspace.folder("reports") / "reports.db"
        server = (cls.workspace.address(25), 25)
        cls.alignd = Alignd(cls.workspace, cls.world.resolver, {"reports": "\n".join([
            'org_name = "Receiver"', f'email = "dmarc-reports@{DOMAIN}"', f'domain = "{DOMAIN}"', f'store = "{cls.store}"',
            f'smtp = "smtp://{server[0]}:{server[1]}"', 'spread = "0s"', "failure = true",
            f'failure_spool = "{cls.workspace.folder("reports") / "failures"}"'])})
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
        message = self.world.keys["bank-rsa"].sign(letter("Bank <service@bank.example>"), "s1", "bank.example")
        smtp.deliver(self.postfix.server, message, "service@bank.example", f"late@{DOMAIN}", "mail.bank.example", "192.0.2.10")
        # One mail alone is due: what other tests left of failures goes into another store.
        self.assertEqual(self.report("collect", "--store", str(self.workspace.folder("reports") / "aside.db")).returncode, 0)
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

    def test_failures_are_reported_one_by_one(self):
        """ruf and fo=1 of bank.example: what the daemon left becomes ARF mail, once, and nothing of it stays."""
        spool = self.workspace.folder("reports") / "failures"
        before = len(self.postfix.mailbox.messages(FAILURES))
        other = ("--store", str(self.workspace.folder("reports") / "failures.db"))
        smtp.deliver(self.postfix.server,
                     letter("Boss <ceo@bank.example>", ["X-Note: secret", "Received: from a ([192.0.2.66]) for <joe@bank.example>"]),
                     "joe@crook.example", f"victim@{DOMAIN}", "mail.crook.example", "192.0.2.66")
        self.spooled(spool, "X-Note")
        due = len(list(spool.glob("*.failure")))
        for step in ("failure taken", "failure stored", "written"):
            self.assertEqual(self.report("run", *other, die_at=f"{step}:1").returncode, -9, step)
        done = self.report("run", *other)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.postfix.mailbox.wait(FAILURES, before + due)
        self.assertEqual([p.name for p in spool.iterdir() if p.suffix == ".failure"], [])
        mails = self.postfix.mailbox.messages(FAILURES)
        parsed = [email.message_from_bytes(m.raw, policy=email.policy.default) for m in mails]
        for message in parsed:
            self.assertEqual(message.get_content_type(), "multipart/report")
            self.assertEqual(message.get_param("report-type"), "feedback-report")
            self.assertEqual([part.get_content_type() for part in message.iter_parts()],
                             ["text/plain", "message/feedback-report", "text/rfc822-headers"])
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
        ours = [m.raw.decode("ascii") for m in mails if b"Source-IP: 192.0.2.66" in m.raw and b"X-Note: [redacted]" in m.raw]
        self.assertEqual(len(ours), 1)
        for word in ("Feedback-Type: auth-failure", "Auth-Failure: dmarc", "Identity-Alignment: dkim, spf",
                     "Reported-Domain: bank.example", "Delivery-Result: delivered", "dmarc=fail header.from=bank.example"):
            self.assertIn(word, ours[0])
        for word in ("secret", "ceo@", "joe@", "Boss", "victim@"):
            self.assertNotIn(word, ours[0])
        # Reports that came in through alignd are no matter for a report.
        reports = [v for v in self.alignd.verdicts() if v.get("report")]
        self.assertTrue(reports)
        self.assertEqual([p.name for p in spool.iterdir() if p.suffix == ".failure"], [])
        again = self.report("run", *other)
        self.assertEqual(again.returncode, 0, again.stdout)
        self.assertEqual(len(self.postfix.mailbox.messages(FAILURES)), len(mails))

    def test_a_body_is_shown_where_it_is_set_and_plain(self):
        """failure_body, after a reload: the beginning of plain text, its links dead; of anything else nothing."""
        spool = self.workspace.folder("reports") / "failures"
        settings = self.alignd.config.read_text()
        self.addCleanup(self.reload, settings)
        self.reload(settings.replace("failure = true", 'failure = true\nfailure_body = "40 B"'))
        for name, extra in (("plain", ()), ("page", ("Content-Type: text/html",))):
            smtp.deliver(self.postfix.server, letter("Boss <ceo@bank.example>", [f"X-Kind-{name}: x", *extra], "See https://evil.example/x\n" * 9),
                         "joe@crook.example", f"victim@{DOMAIN}", "mail.crook.example", "192.0.2.66")
        # The demo's own failures lie there too, and a thread of its own writes: what is waited for are these two.
        plain, page = (self.spooled(spool, f"X-Kind-{name}") for name in ("plain", "page"))
        self.assertTrue(plain.endswith("\nSee hxxps://evil.example/x\nSee hxxps://"), plain[-80:])
        self.assertNotIn("evil.example", page)

    @staticmethod
    def spooled(spool, word):
        """The text of the failure in which `word` stands, when it is there."""
        return wait_until(lambda: next((text for text in (p.read_text() for p in spool.glob("*.failure")) if word in text), None),
                          f"a failure with {word}")

    def reload(self, settings):
        self.alignd.config.write_text(settings)
        before = self.alignd.process.tail(1000).count("read anew")
        os.kill(self.alignd.process.pid, signal.SIGHUP)
        wait_until(lambda: self.alignd.process.tail(1000).count("read anew") > before, "the reload")

    def test_a_peer_reads_the_report(self):
        """Mail::DMARC of Debian (libmail-dmarc-perl), where it is."""
        if subprocess.run(["perl", "-MMail::DMARC::Report::Receive", "-e", "1"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no Mail::DMARC")
        folder = self.workspace.folder("peer")
        store = ("--store", str(folder / "reports.db"))
        smtp.deliver(self.postfix.server, letter("Bank <service@bank.example>"), "service@bank.example", f"peer@{DOMAIN}",
                     "mail.bank.example", "192.0.2.10")
        for command in (("collect",), ("make", "--out", str(folder))):
            done = self.report(*command, *store)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(valid.problems(*folder.glob("*.xml.gz")), "")
        path = next(folder.glob("*!bank.example!*.xml.gz"))
        seen = subprocess.run(["perl", "-e", PEER, str(path)], capture_output=True, text=True, check=False)
        self.assertEqual(seen.returncode, 0, seen.stdout + seen.stderr)
        theirs = dict(line.split("=", 1) for line in seen.stdout.splitlines() if "=" in line)
        self.assertEqual(theirs["domain"], "bank.example")
        self.assertEqual(theirs["p"], "reject")
        self.assertEqual(theirs["org"], "Receiver")
        ours = [v for v in self.alignd.verdicts() if v.get("dmarc", {}).get("policy_domain") == "bank.example"]
        self.assertEqual(int(theirs["messages"]), len(ours))
        self.assertIn("192.0.2.10", theirs["sources"].split(","))


if __name__ == "__main__":
    main()
