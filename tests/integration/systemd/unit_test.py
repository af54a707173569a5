#!/usr/bin/python3
"""The unit under a real systemd: alignd as it is installed, with all that the unit takes away from it."""
import contextlib
import json
import re
import shutil
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import pages, smtp  # noqa: E402
from lab.alignd import AUTHSERV_ID  # noqa: E402
from lab.cgroup import ControlGroup  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.milter import Closed, Milter, envelope, opening, packet  # noqa: E402
from lab.testing import letter, main  # noqa: E402
from lab.workspace import accepts, wait_until  # noqa: E402
from machine import UNIT, OnAMachine, build_folder  # noqa: E402

BANK, BANK_CLIENT = "Bank <service@bank.example>", "192.0.2.10"


class UnderSystemd(OnAMachine):
    @classmethod
    def tearDownClass(cls):
        # A file like those of the other laboratories, for the test of the schema.
        entries = cls.container.check("journalctl", "--quiet", "--output=cat", "SYSLOG_IDENTIFIER=alignd").splitlines()
        lines = [line for line in entries if line.startswith('{"v":')]
        (cls.workspace.path / "verdicts.jsonl").write_text("".join(f"{line}\n" for line in lines))
        super().tearDownClass()

    def setUp(self):
        self.container.check("systemctl", "start", UNIT)

    def tearDown(self):
        self.container.check("systemctl", "stop", UNIT)
        self.container.check("systemctl", "reset-failed")

    def send(self):
        """A signed message; gives (its delivered form, its queue id)."""
        recipient = self.recipient()
        message = self.world.keys["bank-rsa"].sign(letter(BANK), "s1", "bank.example")
        answer = smtp.deliver(self.postfix.server, message, "service@bank.example", recipient, "mail.bank.example",
                              BANK_CLIENT)
        return self.postfix.mailbox.wait_one(recipient), answer.split()[-1]

    def journal(self):
        return self.container.check("journalctl", "--quiet", "--output=cat", "--unit", UNIT).splitlines()

    def verdict_in(self, lines, queue_id):
        return next((json.loads(line) for line in lines() if f'"queue_id":"{queue_id}"' in line), None)

    def test_starts_when_it_is_ready_and_serves_mail(self):
        # Type=notify: start has returned, so the socket takes connections.
        self.assertTrue(accepts(*self.server))
        message, queue_id = self.send()
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        verdict = wait_until(lambda: self.verdict_in(self.journal, queue_id), "the verdict line in the journal")
        self.assertEqual(verdict["dmarc"]["result"], "pass")
        # Found by its fields, without reading lines.
        found = self.container.check("journalctl", "--quiet", "--output=json", f"ALIGND_QUEUE_ID={queue_id}",
                                     "ALIGND_FROM=bank.example", "ALIGND_DMARC=pass", "ALIGND_WHY=aligned",
                                     "ALIGND_ACTION=accept").splitlines()
        self.assertEqual([json.loads(json.loads(entry)["MESSAGE"])["queue_id"] for entry in found], [queue_id])

    def test_it_has_no_more_rights_than_it_needs(self):
        pid = self.container.property(UNIT, "MainPID")
        status = dict(line.split(":\t", 1) for line in self.container.check("cat", f"/proc/{pid}/status").splitlines()
                      if ":\t" in line)
        self.assertNotIn("0", status["Uid"].split(), "it does not run as root")
        self.assertEqual(int(status["CapEff"], 16), 0)
        self.assertEqual(int(status["CapBnd"], 16), 0)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2", "system calls are filtered")
        limits = self.container.check("cat", f"/proc/{pid}/limits")
        self.assertRegex(limits, r"Max core file size +0 +0 ", "a crash writes no mail down")

    def test_it_sees_itself_though_nobody_else_of_its_user_may(self):
        # Its files in /proc are root's, as it may not be dumped: the figures of the process come from there.
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.write_settings('verdicts = "journal"\n[metrics]\nlisten = "unix:/run/alignd/metrics"')
        self.container.check("systemctl", "reload", UNIT)
        where = self.container.path("/run/alignd/metrics")
        wait_until(lambda: accepts(where), "the metrics page")
        with socket.socket(socket.AF_UNIX) as page:
            page.connect(str(where))
            page.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = page.makefile().read()
        for figure in ("process_open_fds", "process_resident_memory_bytes"):
            self.assertRegex(text, rf"(?m)^{figure} [1-9]")
        pid = self.container.property(UNIT, "MainPID")
        self.assertEqual(self.container.check("stat", "--format=%U", f"/proc/{pid}/mem"), "root")
        as_user = ["setpriv", "--reuid=alignd", "--regid=alignd", "--clear-groups"]
        self.assertNotEqual(self.container.run(*as_user, "head", "-c1", f"/proc/{pid}/maps")[0], 0)

    def test_the_manifest_knows_all_that_was_installed(self):
        # README's removal goes by it. Another test may be installing from the same build at this moment.
        installed = self.container.installed
        manifest = build_folder() / "install_manifest.txt"
        wait_until(lambda: len(manifest.read_text().splitlines()) >= len(installed), "all of the manifest", 10)
        self.assertEqual(set(manifest.read_text().splitlines()), installed)

    def test_exposure(self):
        for unit in ("alignd.service", "alignd@.service", "alignd-report.service"):
            path = next(p for p in self.container.layer.rglob(f"systemd/system/{unit}"))
            said = self.container.check("systemd-analyze", "security", "--offline=true", "--threshold=14", "--no-pager",
                                        f"/{path.relative_to(self.container.layer)}")
            self.assertIn("Overall exposure level", said)

    def test_reload_takes_new_settings_and_a_file_for_verdicts(self):
        pid = self.container.property(UNIT, "MainPID")
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.write_settings('verdicts = "/var/log/alignd/verdicts.jsonl"')
        self.container.check("systemctl", "reload", UNIT)
        written = self.container.root / "var/log/alignd/verdicts.jsonl"
        wait_until(written.exists, "the verdict file")
        queue_id = self.send()[1]
        self.assertTrue(wait_until(lambda: self.verdict_in(lambda: written.read_text().splitlines(), queue_id),
                                   "the verdict line in the file"))
        self.assertEqual(self.container.property(UNIT, "MainPID"), pid, "the same process")

    def test_reload_reads_drop_ins_and_lists(self):
        """What the unit takes away leaves the settings readable, whatever their number."""
        for name, text in (("networks", f"{BANK_CLIENT}  # a partner\n"),
                           ("10-partner.toml", '[trust]\nexempt_networks = { file = "networks" }\n')):
            self.addCleanup((self.drop_ins / name).write_text, "")
            (self.drop_ins / name).write_text(text)
        self.container.check("systemctl", "reload", UNIT)
        wait_until(lambda: "read anew" in self.container.property(UNIT, "StatusText"), "the settings taken over")
        queue_id = self.send()[1]
        verdict = wait_until(lambda: self.verdict_in(self.journal, queue_id), "the verdict line in the journal")
        self.assertEqual(verdict["exempt"], "network")

    def test_a_file_that_only_root_can_read_is_warned_of(self):
        """By --check-config of root, who can: the service could not."""
        base = next(b for b in (self.container.root, self.container.layer) if self.settings.is_relative_to(b))
        program = next(path for path in self.container.installed if path.endswith("/sbin/alignd"))
        check = (program, "--check-config", "--config", f"/{self.settings.relative_to(base)}")
        self.assertNotIn("by user alignd", self.container.check(*check))
        for path, trouble in ((self.drop_ins / "10-partner.toml", "read"), (self.settings, "read"), (self.drop_ins, "entered")):
            before = path.stat().st_mode & 0o777
            self.addCleanup(path.chmod, before)
            path.chmod(before & 0o700)
            self.assertRegex(self.container.check(*check), rf"warning: .*/{path.name}/? cannot be {trouble} by user alignd\n")
            path.chmod(before)

    def test_settings_with_an_error_do_not_start_and_are_not_tried_again(self):
        self.container.check("systemctl", "stop", UNIT)
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.write_settings('verdict = "journal"')
        self.assertNotEqual(self.container.run("systemctl", "start", UNIT)[0], 0)
        self.assertEqual(self.container.property(UNIT, "ActiveState"), "failed")
        self.assertEqual(self.container.property(UNIT, "NRestarts"), "0")
        self.assertTrue(any("alignd.toml" in line and "verdicts" in line for line in self.journal()),
                        "the journal says which key, where, and what it may have meant")

    def test_a_reload_with_an_error_says_so(self):
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.write_settings('verdict = "journal"')
        self.assertNotEqual(self.container.run("systemctl", "reload", UNIT)[0], 0)
        self.assertEqual(self.container.property(UNIT, "ActiveState"), "active", "the old settings stay in force")
        # By a bare signal, too, the state says it.
        self.container.check("systemctl", "kill", "--kill-whom=main", "--signal=HUP", UNIT)
        wait_until(lambda: "reload failed" in self.container.property(UNIT, "StatusText"), "the status text")
        self.check_words(self.send()[0], dmarc="pass")

    def test_the_journal_knows_priorities_and_stamps_lines_once(self):
        entries = [json.loads(line) for line in self.container.check(
            "journalctl", "--quiet", "--output=json", "--unit", UNIT, "--grep", "listens on").splitlines()]
        self.assertTrue(entries)
        for entry in entries:
            self.assertEqual(entry["PRIORITY"], "6")
            self.assertTrue(entry["MESSAGE"].startswith("alignd "), entry["MESSAGE"])
            for word in ("mode stamp", f"stamps as {AUTHSERV_ID}", "trusts nobody", "verdict lines to journal"):
                self.assertIn(word, entry["MESSAGE"])

    def test_instances_have_folders_of_their_own(self):
        etc = self.settings.parent
        for name in ("one", "two"):
            (etc / f"{name}.toml").write_text(self.settings.read_text().replace(
                f'socket = "inet:{self.server[1]}@{self.server[0]}"', f'socket = "unix:/var/spool/postfix/alignd-{name}/alignd.sock"'))
            self.container.check("systemctl", "start", f"alignd@{name}")
        self.container.check("systemctl", "stop", "alignd@one")
        shown = self.container.check("stat", "--format=%a %U %G", "/run/alignd-two", "/var/spool/postfix/alignd-two/alignd.sock")
        self.assertEqual(shown.splitlines(), ["755 alignd alignd", "660 alignd postfix"])
        self.assertNotEqual(self.container.run("test", "-e", "/var/spool/postfix/alignd-one/alignd.sock")[0], 0)
        self.assertTrue(accepts(*self.server), "the one without a name is still there")
        self.container.check("systemctl", "stop", "alignd@two")

    def test_the_default_socket_is_for_postfix_alone(self):
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.write_settings('verdicts = "journal"', socket="")
        self.container.check("systemctl", "restart", UNIT)
        shown = self.container.check("stat", "--format=%a %U %G", "/var/spool/postfix/alignd", "/var/spool/postfix/alignd/alignd.sock")
        self.assertEqual(shown.splitlines(), ["2750 alignd postfix", "660 alignd postfix"])

    def test_a_folder_and_group_of_ones_own(self):
        """README's recipe: its tmpfiles line and its drop-in."""
        drop_in = next(block.text for block in pages.blocks() if block.page == "README.md" and block.kind == "ini")
        line = re.search(r"`(d /var/spool/postfix/milters [^`]+)`", (pages.ROOT / "README.md").read_text())[1]
        etc = self.container.root / "etc"
        (etc / "tmpfiles.d").mkdir(exist_ok=True)
        (etc / "tmpfiles.d/alignd-socket.conf").write_text(f"{line}\n")
        (etc / "systemd/system/alignd.service.d").mkdir(parents=True)
        (etc / "systemd/system/alignd.service.d/override.conf").write_text(drop_in)
        self.addCleanup(self.container.check, "systemctl", "daemon-reload")
        self.addCleanup(shutil.rmtree, etc / "systemd/system/alignd.service.d")
        self.addCleanup(self.write_settings, 'verdicts = "journal"')
        self.container.check("groupadd", "mta")
        self.container.check("systemd-tmpfiles", "--create", "alignd-socket.conf")
        self.container.check("systemctl", "daemon-reload")
        path = "/var/spool/postfix/milters/alignd.sock"
        self.write_settings('verdicts = "journal"', socket=f'socket = "unix:{path}"')
        self.container.check("systemctl", "restart", UNIT)
        self.assertEqual(self.container.check("stat", "--format=%a %U %G", path), "660 alignd mta")

    def test_a_port_that_is_taken_for_a_while_does_not_leave_it_dead(self):
        self.container.check("systemctl", "stop", UNIT)
        with socket.create_server(self.server):
            self.assertNotEqual(self.container.run("systemctl", "start", UNIT)[0], 0)
            # More starts than systemd allows by itself within ten seconds.
            wait_until(lambda: int(self.container.property(UNIT, "NRestarts")) > 6, "restarts", 60)
            self.assertNotEqual(self.container.property(UNIT, "ActiveState"), "failed")
        self.container.wait_property(UNIT, "ActiveState", "active", 60)

    def test_comes_back_after_a_crash(self):
        pid = self.container.property(UNIT, "MainPID")
        self.container.check("systemctl", "kill", "--signal=SEGV", UNIT)
        wait_until(lambda: self.container.property(UNIT, "MainPID") not in ("0", pid), "a new process")
        self.container.wait_property(UNIT, "ActiveState", "active")
        self.check_words(self.send()[0], dmarc="pass")

    def test_over_its_memory_it_is_killed_mail_waits_and_it_comes_back(self):
        """MemoryMax: by systemd where it has the kernel's memory controller, otherwise by a control group made for it out here."""
        pid = self.container.property(UNIT, "MainPID")
        limit = 48 << 20
        if "memory" in self.container.run("cat", "/sys/fs/cgroup/cgroup.controllers")[1].split():
            self.container.check("systemctl", "set-property", "--runtime", UNIT, f"MemoryMax={limit}", "MemorySwapMax=0")
            self.addCleanup(self.container.check, "systemctl", "set-property", "--runtime", UNIT, "MemoryMax=2G")
        else:
            try:
                group = ControlGroup("memory", limit)
            except Unavailable as error:
                self.skipTest(str(error))
            self.addCleanup(group.close)
            group.add(self.container.seen_from_here(pid))
        with contextlib.ExitStack() as hogs:
            for _ in range(500):
                try:
                    hog = hogs.enter_context(Milter(self.server, timeout=5)).negotiate()
                    hog.play([*opening(), *envelope()])
                    for _ in range(10):
                        hog.send(packet("L", b"X\0" + b"x" * 90_001 + b"\0"))
                except (OSError, Closed):
                    if self.container.property(UNIT, "MainPID") != pid:
                        break
        wait_until(lambda: self.container.property(UNIT, "MainPID") not in ("0", pid), "a new process")
        self.container.wait_property(UNIT, "ActiveState", "active")
        self.assertGreater(int(self.container.property(UNIT, "NRestarts")), 0)
        self.check_words(self.send()[0], dmarc="pass")

    def test_stops_cleanly(self):
        self.container.check("systemctl", "stop", UNIT)
        self.assertEqual(self.container.property(UNIT, "Result"), "success")
        self.assertEqual(self.container.property(UNIT, "ExecMainStatus"), "0")


if __name__ == "__main__":
    main()
