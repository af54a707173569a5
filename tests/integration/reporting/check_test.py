#!/usr/bin/python3
"""alignd-report check: whether report mail would pass DMARC; and OpenDMARC's history into the first report."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

PROGRAM = os.environ["ALIGND_REPORT_PROGRAM"]
ROOT = Path(__file__).resolve().parents[3]
ZONE = """\
receiver.example.         TXT "v=spf1 ip4:192.0.2.25 -all"
receiver.example.         MX 10 mx.receiver.example.
_dmarc.receiver.example.  TXT "v=DMARC1; p=reject; rua=mailto:dmarc@receiver.example"
s1._domainkey.receiver.example. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
old._domainkey.receiver.example. TXT "v=DKIM1; p="
null.example.             TXT "v=spf1 ip4:192.0.2.25 -all"
null.example.             MX 0 .
_dmarc.null.example.      TXT "v=DMARC1; p=reject; rua=mailto:dmarc@receiver.example"
null.example._report._dmarc.receiver.example. TXT "v=DMARC1"
bare.example.             MX 10 mx.receiver.example.
"""
HISTORY = ROOT / "tests/fuzz/corpus/opendmarc_history/one"


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()) if hasattr(self, "enterContext") else tempfile.mkdtemp())
        (self.folder / "zone").write_text(ZONE)

    def report(self, *words, email="dmarc@receiver.example", more=()):
        config = self.folder / "alignd.toml"
        config.write_text("\n".join(["[reports]", 'org_name = "Receiver"', f'email = "{email}"', 'domain = "receiver.example"',
                                     f'store = "{self.folder / "reports.db"}"', *more]) + "\n")
        done = subprocess.run([PROGRAM, *words, "--config", str(config), "--zone", str(self.folder / "zone")],
                              capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def standing(self, said, name):
        return next((line.split()[0] for line in said.splitlines() if line.split()[1:2] == [name]), None)

    def test_good_by_spf_and_by_key(self):
        status, said = self.report("check", "--ip", "192.0.2.25", "--selector", "s1")
        self.assertEqual(status, 0, said)
        for name in ("spf", "dkim_key", "passes", "dmarc_record", "dmarc_reports", "mx"):
            self.assertEqual(self.standing(said, name), "pass", f"{name}\n{said}")
        self.assertFalse((self.folder / "reports.db").exists())

    def test_one_of_them_is_enough(self):
        status, said = self.report("check", "--ip", "192.0.2.25", "--ip", "198.51.100.1", "--selector", "s1")
        self.assertEqual((status, self.standing(said, "passes")), (0, "pass"), said)
        self.assertIn("name 198.51.100.1 in the SPF record", said)

    def test_neither(self):
        status, said = self.report("check", "--ip", "198.51.100.1", "--selector", "old")
        self.assertEqual((status, self.standing(said, "passes"), self.standing(said, "dkim_key")), (1, "fail", "fail"), said)
        self.assertIn("let the MTA sign", said)

    def test_no_record_and_no_mail(self):
        status, said = self.report("check", "--ip", "192.0.2.25", email="x@bare.example")
        self.assertEqual((status, self.standing(said, "dmarc_record")), (1, "fail"), said)
        status, said = self.report("check", "--ip", "192.0.2.25", email="x@null.example")
        self.assertEqual((status, self.standing(said, "mx")), (0, "warn"), said)
        status, said = self.report("check", "--ip", "192.0.2.25", email="x@nowhere.example")
        self.assertEqual((status, self.standing(said, "mx")), (1, "warn"), said)
        self.assertIn("nowhere.example does not exist", said)

    def test_what_is_not_there_is_told(self):
        log = ("[log]", f'verdicts = "{self.folder / "verdicts.jsonl"}"')
        status, said = self.report("collect", more=log)
        self.assertEqual(status, 0, said)
        self.assertIn(f"[log] verdicts, {self.folder}/verdicts.jsonl: No such file or directory", said)
        (self.folder / "verdicts.jsonl").touch()
        self.assertNotIn("[log] verdicts", self.report("collect", more=log)[1])
        status, said = self.report("collect", "--store", str(self.folder / "none/reports.db"), more=log)
        self.assertEqual(status, 70, said)
        self.assertIn("unable to open database file: No such file or directory", said)

    def test_the_spool_is_looked_at(self):
        spool = self.folder / "failures"
        more = ("failure = true", f'failure_spool = "{spool}"')
        self.assertEqual(self.standing(self.report("check", "--ip", "192.0.2.25", more=more)[1], "failure_spool"), "warn")
        spool.mkdir()
        self.assertEqual(self.standing(self.report("check", "--ip", "192.0.2.25", more=more)[1], "failure_spool"), "pass")

    def test_reports_off(self):
        self.assertEqual(subprocess.run([PROGRAM, "check", "--config", "/dev/null"], capture_output=True).returncode, 78)

    def test_opendmarc_history_counts_once(self):
        now = ("--now", "1795319000")
        for counted in ("1 counted", "1 already counted"):
            status, said = self.report("collect", "--opendmarc-history", str(HISTORY), *now)
            self.assertEqual(status, 0, said)
            self.assertIn(counted, said)
        status, said = self.report("make", "--day", "2026-11-22", "--now", "1795400000", "--out", str(self.folder))
        self.assertEqual(status, 0, said)
        path = next(self.folder.glob("*.xml.gz"))
        text = subprocess.run(["zcat", str(path)], capture_output=True, text=True, check=True).stdout
        for element in ("<domain>example.org</domain>", "<source_ip>192.0.2.7</source_ip>", "<selector>s1</selector>",
                        "<discovery_method>psl</discovery_method>", "<disposition>pass</disposition>"):
            self.assertIn(element, text)
        status, said = self.report("collect", "--opendmarc-history", *now)
        self.assertEqual(status, 64, said)


if __name__ == "__main__":
    unittest.main()
