#!/usr/bin/python3
"""alignd-report.service and its timer under a real systemd, as they are installed, beside the daemon's unit."""
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
sys.dont_write_bytecode = True

from lab import smtp  # noqa: E402
from lab.container import Container  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402
from machine import UNIT, OnAMachine, build_folder  # noqa: E402

SERVICE, TIMER = "alignd-report.service", "alignd-report.timer"


class Reports(OnAMachine):
    @classmethod
    def begin(cls):
        cls.server, cls.mta = (cls.workspace.address(91), 8891), (cls.workspace.address(25), 25)
        cls.container = Container(cls.workspace, build_folder(), cls.configure)
        if cls.container.run("systemctl", "cat", SERVICE)[0] != 0:
            raise Unavailable("alignd-report is not built here")
        cls.postfix = Postfix(cls.workspace, DOMAIN, [f"inet:{cls.server[0]}:{cls.server[1]}"], server=cls.mta,
                              settings={"virtual_mailbox_domains": f"{DOMAIN} bank.example"})
        cls.container.check("systemctl", "start", UNIT)

    @classmethod
    def configure(cls, root, layer):
        super().configure(root, layer)
        cls.write_settings('verdicts = "/var/log/alignd/verdicts.jsonl"')
        with cls.settings.open("a") as settings:
            settings.write(f'[reports]\norg_name = "Receiver"\nemail = "dmarc@{DOMAIN}"\ndomain = "{DOMAIN}"\n'
                           f'smtp = "smtp://{cls.mta[0]}:{cls.mta[1]}"\nfailure = true\n')

    def test_both_work_together_within_their_sandboxes(self):
        spool = self.container.root / "var/lib/alignd/failures"
        smtp.deliver(self.postfix.server, letter("Boss <ceo@bank.example>"), "x@crook.example", self.recipient(), "mail.crook.example",
                     "192.0.2.66")
        wait_until(lambda: list(spool.glob("*.failure")), "a file in the spool")
        self.container.check("systemctl", "start", SERVICE)
        self.assertEqual(self.container.property(SERVICE, "Result"), "success")
        said = self.container.check("journalctl", "--quiet", "--output=cat", "--unit", SERVICE)
        self.assertIn("1 failures taken", said)
        self.assertIn("1 lines: 1 counted", said)
        self.postfix.mailbox.wait("failures@bank.example", 1)
        self.assertEqual(list(spool.iterdir()), [])
        self.assertTrue((self.container.root / "var/lib/alignd/reports.db").exists())

    def test_the_timer_is_for_the_service_every_hour(self):
        self.container.check("systemctl", "start", TIMER)
        self.addCleanup(self.container.check, "systemctl", "stop", TIMER)
        self.assertEqual(self.container.property(TIMER, "ActiveState"), "active")
        self.assertEqual(self.container.property(TIMER, "Unit"), SERVICE)
        self.assertIn("*-*-* *:00:00", self.container.property(TIMER, "TimersCalendar"))

    def test_its_rights(self):
        for name, value in (("User", "alignd"), ("NoNewPrivileges", "yes"), ("ProtectSystem", "strict"), ("CapabilityBoundingSet", ""),
                            ("PrivateDevices", "yes"), ("MemoryDenyWriteExecute", "yes"), ("ProtectHome", "yes")):
            self.assertEqual(self.container.property(SERVICE, name), value, name)


if __name__ == "__main__":
    main()
