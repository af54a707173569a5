#!/usr/bin/python3
"""The published attacks (../shared/conformance: attacks-from, attacks-ar, attacks-dkim, espoofer) through a real Postfix: whatever it
lets through is stamped with exactly one field, which no reader can take for a pass of the spoofed domain."""
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
sys.dont_write_bytecode = True

from lab import results, smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, LabTest, main  # noqa: E402

SHARED = Path(__file__).resolve().parents[4] / "shared"
SUITES = ("attacks-from", "attacks-ar", "attacks-dkim", "espoofer")
TOOLS = Path(os.environ.get("ALIGND_TOOLS", "build/tools")).resolve()


def naked(value):
    """Comments removed, quoted strings blanked: what a careless reader still sees."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', results.without_comments(value))


class Attacks(LabTest):
    @classmethod
    def setUpClass(cls):
        if not (SHARED / "conformance").is_dir() or not (SHARED / "bench/CMakeLists.txt").exists():
            raise unittest.SkipTest("the conformance suites and their tools (../shared) are not beside this checkout")
        super().setUpClass()

    @classmethod
    def begin(cls):
        quiet = {"stdout": subprocess.DEVNULL, "check": True}
        subprocess.run(["cmake", "-S", SHARED / "bench", "-B", TOOLS, "-DCMAKE_BUILD_TYPE=Release"], **quiet)
        subprocess.run(["cmake", "--build", TOOLS, "-j2", "--target", "fakedns"], **quiet)
        address = (cls.workspace.address(77), 5377)
        cls.zone = cls.workspace.folder("fakedns") / "zone.json"
        cls.zone.write_text("{}")
        cls.control = subprocess.Popen(
            [TOOLS / "bin/fakedns", "--listen", "%s:%d" % address, "--zone", cls.zone, "--control-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        cls.alignd = Alignd(cls.workspace, address, {"dns": 'cache = "0"'})
        # Postfix mends the header of clients on its own addresses (it would add a From); attackers are no such clients.
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter], settings={"local_header_rewrite_clients": ""})

    @classmethod
    def tearDownClass(cls):
        cls.control.kill()
        cls.control.wait()
        cls.control.stdin.close()
        cls.control.stdout.close()
        super().tearDownClass()

    def load(self, zone):
        self.zone.write_text(json.dumps(zone))
        self.control.stdin.write(f"load {self.zone}\n")
        answer = self.control.stdout.readline()
        while answer and not answer.lower().startswith(("ok", "err")):  # what it says at its start
            answer = self.control.stdout.readline()
        self.assertTrue(answer.lower().startswith("ok"), answer)

    def play(self, suite, case):
        """Gives False when Postfix refused it."""
        self.load(case["zone"])
        message = (SHARED / "conformance" / suite / case["message"]).read_bytes()
        recipient = self.recipient()
        try:
            answer = smtp.deliver(self.postfix.server, message, case["mail_from"], recipient, case["helo"], case["client_ip"])
        except smtp.Refused as refused:
            self.assertLess(refused.code, 600)
            return False
        delivered = self.postfix.mailbox.wait_one(recipient)
        value = self.stamp(delivered)
        verdict = self.alignd.verdict(answer.split()[-1])
        expect = {**case["expect"], **case.get("expect_postfix", {})}
        for pattern in expect.get("ar_forbid", []):
            self.assertNotRegex(naked(value), pattern)
        if "dmarc" in expect and not case["time"]:  # a message of another time may have expired by now
            self.assertIn(results.words(value)["dmarc"], expect["dmarc"])
        # What is refused as an author never comes out as the pass of somebody else.
        if results.words(value)["dmarc"] == "pass":
            self.assertIn("pass", expect.get("dmarc", ["pass"]))
        self.assertEqual(verdict["dmarc"]["result"], results.words(value)["dmarc"])
        return True

    def test_no_attack_passes_for_the_spoofed_domain(self):
        let_through = 0
        for suite in SUITES:
            for line in (SHARED / "conformance" / suite / "cases.jsonl").read_text().splitlines():
                case = json.loads(line)
                with self.subTest(f"{suite} {case['id']}"):
                    let_through += self.play(suite, case)
        self.assertGreater(let_through, 60)


if __name__ == "__main__":
    main()
