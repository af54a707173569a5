#!/usr/bin/python3
"""Faults while mail flows: a Postfix with a queue hands it to one whose milter is alignd, milter_default_action = tempfail.

Every test ends in the same account: all that was sent is delivered once, stamped once, with the verdict that it has alone.
"""
import os
import resource
import shutil
import signal
import socket
import struct
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab import faketime  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.cgroup import ControlGroup  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.faulty_dns import FaultyDns  # noqa: E402
from lab.milter import Closed, Milter, envelope, opening  # noqa: E402
from lab.relayed import Relayed  # noqa: E402
from lab.testing import SANITIZED, LabTest, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

MILTER_HOST = 91


class Faults(LabTest):
    """Two Postfixes and a resolver for all tests; each test starts its own alignd behind the same address."""

    @classmethod
    def begin(cls):
        cls.dns = FaultyDns(cls.workspace.address(3), cls.world.resolver)
        cls.milter = (cls.workspace.address(MILTER_HOST), 8891)
        cls.mail = Relayed(cls.workspace, cases(cls.world.keys), f"inet:{cls.milter[0]}:{cls.milter[1]}")

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.dns.close()

    def setUp(self):
        self.dns.become("well")
        self.mail.forget()
        self.alignd = None

    def tearDown(self):
        if not self.alignd:
            return
        if self.alignd.process.running():
            self.alignd.stop()
        else:
            print(f"    {self.id()} ends without an alignd: {self.alignd.process.tail()}", flush=True)

    def settings(self, **more):
        sections = {"trust": f'relays = ["{self.mail.relay}"]', "dns": 'timeout = "1s"\nprobe_interval = "200ms"'}
        for section, text in more.items():
            sections[section] = "\n".join(filter(None, [sections.get(section), text]))
        return sections

    def begin_alignd(self, name, settings=None, **how):
        self.alignd = Alignd(self.workspace, self.dns.address, settings or self.settings(), name, MILTER_HOST, **how)
        return self.alignd

    def all_is_well(self, also=()):
        """Nothing is lost, doubled or unstamped; one verdict line an acceptance at least. Gives the account."""
        self.mail.settle()
        account = self.mail.account(also)
        self.assertEqual(account["rejected"], 0, account)
        self.assertTrue(self.alignd.process.running(), self.alignd.process.tail())
        print(f"    {self.id().rsplit('.', 1)[-1]}: {account}", flush=True)
        return account


class Signals(Faults):
    def test_killed_and_started_anew_while_postfix_delivers(self):
        self.begin_alignd("killed")
        with self.mail.flow() as flow:
            for _ in range(4):
                flow.through(15)
                self.alignd.kill()
                flow.sent(5)
                self.alignd.start()
        self.assertGreater(self.all_is_well()["deferrals"], 0)

    def test_stopped_and_started_under_load(self):
        self.begin_alignd("stopped")
        with self.mail.flow() as flow:
            for _ in range(3):
                flow.through(15)
                self.alignd.stop()
                flow.sent(5)
                self.alignd.start()
        self.all_is_well(also=("temperror",))  # of those in flight, what is not known yet

    def test_reloaded_under_load(self):
        self.begin_alignd("reloaded")
        with self.mail.flow() as flow:
            for number in range(12):
                self.alignd.write_settings(self.dns.address, self.settings(
                    dns=f'cache = "{number} MiB"', authentication_results=f'additional_ids = ["old{number}.example"]'))
                self.assertTrue(self.alignd.reload())
                flow.through(3)
                self.alignd.config.write_text("[policy]\nmoed = 1\n")
                self.assertFalse(self.alignd.reload())
                flow.through(2)
        self.assertEqual(self.all_is_well()["deferrals"], 0)


class VerdictLogs(Faults):
    """A verdict line that cannot be written holds up no message."""

    def lines(self, text):
        """(whole lines, others) of a verdict log."""
        rows = text.splitlines()
        whole = [row for row in rows if row.startswith("{") and row.endswith("}")]
        return len(whole), len(rows) - len(whole)

    def in_own_mounts(self, folder, size="16m"):
        """alignd's `under`: with a small file system of its own at `folder`."""
        script = 'mount -t tmpfs -o size="$2",mode=0755 none "$1"; shift 2; exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", folder, size]

    def seen_by_alignd(self, path):
        return Path(f"/proc/{self.alignd.process.pid}/root{path}")

    def run_in_its_mounts(self, *command):
        self.workspace.start("nsenter", ["nsenter", "--mount", f"--target={self.alignd.process.pid}", *command]).child.wait()

    def test_a_full_disk(self):
        folder = self.workspace.folder("small-disk")
        log = f"{folder}/verdicts.jsonl"
        alignd = self.begin_alignd("disk-full", self.settings(log=f'verdicts = "{log}"'), under=self.in_own_mounts(folder, "64k"))
        filler = self.seen_by_alignd(f"{folder}/filler")
        with self.mail.flow() as flow:
            flow.through(10)
            with open(filler, "wb", buffering=0) as out:
                try:
                    while out.write(b"x" * 512):
                        pass
                except OSError:
                    pass  # full
            wait_until(lambda: "a verdict line could not be written: No space left on device" in alignd.log(), "the word of it")
            flow.through(10)
            filler.unlink()
            wait_until(lambda: "verdict lines are written again" in alignd.log(), "the good word")
            flow.through(10)
        account = self.all_is_well()
        whole, torn = self.lines(self.seen_by_alignd(log).read_text())
        lost = int(alignd.log().split("written again; ")[1].split()[0])
        self.assertEqual(account["deferrals"], 0)
        self.assertLessEqual(torn, 1)
        self.assertEqual(whole + lost, account["sent"], "a line is there, or counted as lost")

    def test_a_file_system_that_is_read_only(self):
        folder = self.workspace.folder("read-only")
        log = f"{folder}/verdicts.jsonl"
        alignd = self.begin_alignd("read-only-log", self.settings(log=f'verdicts = "{log}"'), under=self.in_own_mounts(folder))
        with self.mail.flow() as flow:
            flow.through(5)
            # A remount waits for those who write; what is mounted over it does not.
            self.run_in_its_mounts("mount", "--bind", "-o", "ro", str(folder), str(folder))
            self.run_in_its_mounts("mount", "-o", "remount,bind,ro", str(folder))
            self.assertFalse(alignd.reload())
            self.assertIn("Read-only file system", alignd.log())
            flow.through(5)
            self.run_in_its_mounts("umount", str(folder))
            self.assertTrue(alignd.reload())
            flow.through(5)
        account = self.all_is_well()
        self.assertEqual(self.lines(self.seen_by_alignd(log).read_text()), (account["sent"], 0), "the old file stayed in use")

    def test_a_folder_that_vanishes(self):
        folder = self.workspace.folder("vanishes")
        log = folder / "verdicts.jsonl"
        alignd = self.begin_alignd("vanished-log", self.settings(log=f'verdicts = "{log}"'))
        with self.mail.flow() as flow:
            flow.through(5)
            shutil.rmtree(folder)
            flow.through(5)
            self.assertFalse(alignd.reload())
            self.assertIn(f"{log}: No such file or directory", alignd.log())
            flow.through(5)
            self.workspace.folder("vanishes")
            self.assertTrue(alignd.reload())
            flow.through(5)
        self.assertEqual(self.all_is_well()["deferrals"], 0)
        self.assertGreater(self.lines(log.read_text())[0], 0)

    def test_a_file_at_the_limit_of_its_size(self):
        alignd = self.begin_alignd("file-limit", under=["prlimit", "--fsize=8192"])
        with self.mail.flow() as flow:
            flow.sent(30)
        self.assertEqual(self.all_is_well()["deferrals"], 0)
        self.assertIn("a verdict line could not be written: File too large", alignd.log())
        whole, torn = self.lines(alignd.verdict_file.read_text())
        self.assertGreater(whole, 0)
        self.assertLessEqual(torn, 1)

    def test_without_a_place_to_write_it_does_not_start_and_mail_waits(self):
        log = self.workspace.folder("later") / "missing" / "verdicts.jsonl"
        self.mail.send(8)
        with self.assertRaisesRegex(Exception, "missing/verdicts.jsonl: No such file or directory"):
            self.begin_alignd("no-log", self.settings(log=f'verdicts = "{log}"'))
        wait_until(lambda: self.mail.deferrals() > 0, "the queue to keep it")
        log.parent.mkdir()
        self.begin_alignd("no-log", self.settings(log=f'verdicts = "{log}"'))
        self.assertGreater(self.all_is_well()["deferrals"], 0)


class Daemon:
    """What listens where the journal or syslog does. It may hang, go, and come again."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.begin()

    def begin(self, reads=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        os.chmod(self.path, 0o666)
        self.thread = threading.Thread(target=self._read, args=(self.socket,), daemon=True)
        if reads:
            self.thread.start()

    def _read(self, from_socket):
        from_socket.settimeout(0.1)
        while from_socket.fileno() >= 0:
            try:
                self.lines.append(from_socket.recv(65536))
            except TimeoutError:
                continue
            except OSError:
                return

    def end(self):
        self.socket.close()
        if self.thread.is_alive():
            self.thread.join()
        self.path.unlink(missing_ok=True)


class LogDaemons(Faults):
    def play(self, name, destination, place, under):
        """Goes, comes again, hangs, and comes again: mail flows all the time, and lines come when somebody reads."""
        daemon = Daemon(place)
        self.begin_alignd(name, self.settings(log=destination), under=under)
        with self.mail.flow() as flow:
            flow.through(5)
            wait_until(lambda: daemon.lines, "a line")
            daemon.end()
            flow.through(5)
            daemon.lines.clear()
            daemon.begin(reads=False)  # its queue fills, and nobody empties it
            flow.through(60)
            daemon.end()
            daemon.begin()
            flow.through(5)
            wait_until(lambda: daemon.lines, "a line of the one that was started anew")
        self.assertEqual(self.all_is_well()["deferrals"], 0)
        daemon.end()

    def test_the_journal_goes_hangs_and_comes_again(self):
        folder = self.workspace.folder("journal")
        script = 'mkdir -p /run/systemd/journal; mount --bind "$1" /run/systemd/journal; shift; exec "$@"'
        self.play("journal", 'verdicts = "journal"', folder / "socket",
                  ["unshare", "--mount", "--propagation", "private", "sh", "-ec", "mount -t tmpfs none /run; " + script, "sh", folder])

    def test_syslog_goes_hangs_and_comes_again(self):
        folder = self.workspace.folder("dev")
        script = ('for name in null zero random urandom; do : > "$1/$name"; mount --bind "/dev/$name" "$1/$name"; done; '
                  'mount --rbind "$1" /dev; shift; exec "$@"')
        self.play("syslog", 'verdicts = "syslog"\noperational = "stderr"', folder / "log",
                  ["unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", folder])


class Scarcity(Faults):
    def without_type_checks(self):
        """UBSan asks whether an object's memory is there with a pipe, and calls every type it meets first a wrong one when no
        descriptor is left for that. AddressSanitizer still sees what is used after its end."""
        file = self.workspace.folder("descriptors") / "suppressions"
        file.write_text("vptr:*\n")
        return {"UBSAN_OPTIONS": f"{os.environ.get('UBSAN_OPTIONS', '')}:suppressions={file}"}

    def test_out_of_descriptors(self):
        alignd = self.begin_alignd("descriptors", under=["prlimit", "--nofile=64:64"], environment=self.without_type_checks())
        hogs = []
        with self.mail.flow() as flow:
            for _ in range(2):
                flow.sent(10)
                for _ in range(100):
                    try:
                        hogs.append(Milter(self.milter, timeout=2))
                    except OSError:
                        break
                alignd.process.wait_ready(lambda: len(os.listdir(f"/proc/{alignd.process.pid}/fd")) == 64, "the last descriptor")
                flow.sent(20)
                while hogs:
                    hogs.pop().close()
        self.all_is_well(also=("temperror",))

    def hog(self, hogs):
        """One more connection, which sends 900 kB of header and stays; False when it cannot."""
        try:
            hogs.append(Milter(self.milter, timeout=2))
            hogs[-1].negotiate().play([*opening(), *envelope()])
            for _ in range(10):
                hogs[-1].send(struct.pack(">I", 90_005) + b"LX\0" + b"x" * 90_001 + b"\0")
            return True
        except (OSError, Closed):
            return False

    @unittest.skipIf(SANITIZED, "a sanitizer's memory has no limit")
    def test_out_of_memory(self):
        alignd = self.begin_alignd("memory")
        hogs = []
        with self.mail.flow(threads=2, pause=0.3) as flow:
            flow.through(10)
            # Room for itself as it is now, and not for what many connections at once want to keep.
            size = int(Path(f"/proc/{alignd.process.pid}/statm").read_text().split()[0]) * resource.getpagesize()
            resource.prlimit(alignd.process.pid, resource.RLIMIT_AS, (size + (4 << 20),) * 2)
            flow.through(10)
            failed = 0
            for _ in range(500):
                failed += not self.hog(hogs)
                if failed > 8:
                    break
            flow.sent(20)
            while hogs:
                hogs.pop().close()
            flow.through(10)
        self.all_is_well(also=("temperror",))
        self.assertIn("could not be handled", alignd.log())

    def control_group(self, controller, limit):
        try:
            group = ControlGroup(controller, limit)
        except Unavailable as error:
            self.skipTest(str(error))
        self.addCleanup(lambda: wait_until(lambda: self.ended(group), "the end of its control group"))
        return group

    def ended(self, group):
        self.alignd.process.stop()
        try:
            group.close()
        except OSError:  # the kernel takes its time
            return False
        return True

    @unittest.skipIf(SANITIZED, "a sanitizer's memory is not what it is without")
    def test_over_the_memory_of_its_control_group(self):
        """As MemoryMax of the unit: the kernel kills the process, mail waits, and whoever starts it anew has lost nothing."""
        alignd = self.begin_alignd("memory-max", under=self.control_group("memory", 48 << 20).under)
        hogs = []
        with self.mail.flow(threads=2, pause=0.3) as flow:
            for _ in range(2):
                flow.through(8)
                for _ in range(500):
                    if not self.hog(hogs) and not alignd.process.running():
                        break
                self.assertFalse(alignd.process.running(), "it outlived its memory")
                self.assertEqual(alignd.process.child.returncode, -signal.SIGKILL)
                while hogs:
                    hogs.pop().close()
                flow.sent(5)
                alignd.start()
        self.assertGreater(self.all_is_well(also=("temperror",))["deferrals"], 0)

    @unittest.skipIf(SANITIZED, "a sanitizer has threads of its own")
    def test_out_of_threads(self):
        """As TasksMax of the unit: those for whom there is no thread are not answered, their MTA defers; nobody else is held up."""
        group = self.control_group("pids", 30)
        self.begin_alignd("tasks-max", under=group.under)
        hogs = []
        with self.mail.flow(threads=2, pause=0.3) as flow:
            flow.through(8)
            for _ in range(60):  # each holds a thread: they stall in the middle of a packet
                hogs.append(Milter(self.milter, timeout=2))
                hogs[-1].send(b"\0\0")
            wait_until(lambda: group.refused() > 0, "a thread that could not be had")
            flow.sent(8)
            while hogs:
                hogs.pop().close()
            flow.through(8, seconds=120)
        self.all_is_well(also=("temperror",))


@unittest.skipIf(faketime.LIBRARY is None or SANITIZED, "libfaketime is not installed, or cannot be loaded before a sanitizer")
class Clock(Faults):
    def test_steps_forward_and_back(self):
        offset = self.workspace.folder("clock") / "offset"
        offset.write_text("+0")
        self.begin_alignd("clock", environment=faketime.environment(offset))
        self.addCleanup(faketime.clear)
        with self.mail.flow() as flow:
            for step in ("+0", "+3600", "-3600", "+400d", "-400d", "+0"):
                offset.write_text(step)
                flow.through(8)
        # A clock that is late puts signatures into the future: they do not count while that lasts.
        self.assertEqual(self.all_is_well(also=("policy", "fail"))["deferrals"], 0)
        self.mail.forget()
        with self.mail.flow() as flow:
            flow.through(8)
        self.all_is_well()
        years = {verdict["time"][:4] for verdict in self.alignd.verdicts()}
        self.assertGreaterEqual(len(years), 3, "it saw the steps")


class Dns(Faults):
    """temperror is the word for what cannot be known; the message goes on, and no other word takes its place."""

    def play(self, mode, disturbed=True):
        self.begin_alignd("dns-" + mode.replace(" ", "-"), self.settings(dns='cache = "0"\nfailure_memory = "0"\nmessage_time = "4s"'))
        with self.mail.flow(threads=6) as flow:
            flow.sent(6)
            self.dns.become(mode)
            flow.sent(12)
            time.sleep(1.5)  # those in the middle of their questions, too
            if disturbed:  # for as long as it takes somebody to give up
                wait_until(lambda: any(v.get("dmarc", {}).get("result") == "temperror" for v in self.alignd.verdicts()), "a temperror")
            self.dns.become("well")
            flow.sent(6)
        account = self.all_is_well(also=("temperror",) if disturbed else ())
        self.assertEqual(account["deferrals"], 0)
        if disturbed:
            self.assertGreater(account["dmarc"].get("temperror", 0), 0, account)

    def test_dead(self):
        self.play("dead")

    def test_silent(self):
        self.play("silent")

    def test_slow(self):
        self.play("slow", disturbed=False)

    def test_servfail(self):
        self.play("servfail")

    def test_refused(self):
        self.play("refused")

    def test_garbage(self):
        self.play("garbage")

    def test_answers_of_strangers(self):
        self.play("strangers")

    def test_cut_off_and_no_tcp(self):
        self.play("no tcp")

    def test_flapping(self):
        self.begin_alignd("dns-flapping", self.settings(dns='cache = "0"'))
        self.dns.become("flapping")
        with self.mail.flow() as flow:
            flow.sent(40)
        self.assertEqual(self.all_is_well(also=("temperror",))["deferrals"], 0)


del Faults  # a base class, not a test
if __name__ == "__main__":
    main()
