#!/usr/bin/python3
"""What may come to the milter socket: masses, stalls, and packets that no MTA sends. Whatever it is, the process goes on,
nothing is kept of it, no message is taken without a stamp, and the next one is served as ever."""
import contextlib
import os
import random
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab import faketime, milter, results  # noqa: E402
from lab.alignd import Alignd, program  # noqa: E402
from lab.faulty_dns import FaultyDns  # noqa: E402
from lab.milter import END, Closed, Milter, content, envelope, negotiation, opening, packet, results_of  # noqa: E402
from lab.testing import SANITIZED, LabTest, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

LETTER = letter("Bank <service@bank.example>")
CONVERSATION = [negotiation(), *opening(), *envelope(), *content(LETTER), END]
QUIT = packet("Q")


class Packets(LabTest):
    """An alignd a class, on a unix socket, and a resolver that can be made to fall silent."""

    more, dns_more, under, environment = "", "", (), None

    @classmethod
    def begin(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < 16_000:
            if hard < 16_000:
                raise unittest.SkipTest("16,000 descriptors are not allowed here")
            resource.setrlimit(resource.RLIMIT_NOFILE, (16_000, hard))
        cls.dns = FaultyDns(cls.workspace.address(3), cls.world.resolver)
        cls.page = cls.workspace.folder("metrics") / "socket"
        cls.alignd = Alignd(cls.workspace, cls.dns.address, {
            "dns": f'timeout = "1s"\nmessage_time = "2s"\n{cls.dns_more}', "milter": f"backlog = 8192\n{cls.more}",
            "metrics": f'listen = "unix:{cls.page}"'}, unix=True, under=cls.under, environment=cls.environment)
        cls.where = cls.alignd.unix_socket
        with Milter(cls.where).negotiate() as client:  # what LETTER asks for is known from here on, however DNS is then
            client.play(opening())
            client.message(LETTER)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.alignd.stop()
        finally:
            super().tearDownClass()
            cls.dns.close()

    def setUp(self):
        self.dns.become("well")

    def tearDown(self):
        """The next one is served, and nothing is left of all others."""
        self.assertTrue(self.alignd.process.running(), self.alignd.process.tail())
        with self.greeted() as client:
            self.expect_stamped(client.message(LETTER), dmarc="pass")
        wait_until(lambda: self.metric("alignd_connections") == 0, "no connection", 60)
        self.assertEqual(self.metric("alignd_messages_in_flight"), 0)

    def greeted(self):
        client = Milter(self.where).negotiate()
        client.play(opening())
        return client

    def expect_stamped(self, end, **words):
        answer, inserted = end
        self.assertEqual(answer, "c")
        values = results_of(inserted)
        self.assertEqual(len(values), 1, inserted)
        said = results.words(values[0].decode())
        for method, word in words.items():
            self.assertEqual(said.get(method), word, values[0])

    def metric(self, name):
        with socket.socket(socket.AF_UNIX) as page:
            page.connect(str(self.page))
            page.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            text = b""
            while got := page.recv(65536):
                text += got
        return next((int(line.split()[-1]) for line in text.decode().splitlines() if line.startswith(f"{name} ")), None)

    def descriptors(self):
        return [int(name) for name in os.listdir(f"/proc/{self.alignd.process.pid}/fd")]


class Haste(Packets):
    """What is sent at once is read at once, milter/read_ahead.h, and means what it means piece by piece."""

    def octets(self, client):
        """A message and its end, with the events that the daemon wants."""
        return b"".join(e for e in [*envelope(), *content(LETTER), END] if not client.steps & milter.NOT_WANTED.get(chr(e[4]), 0))

    def expect_answers(self, client):
        """Those on the way to the end, and that."""
        for event in [*envelope(), *content(LETTER)]:
            kind = chr(event[4])
            wanted = not client.steps & milter.NOT_WANTED.get(kind, 0)
            if wanted and kind in milter.NOT_ANSWERED and not client.steps & milter.NOT_ANSWERED[kind]:
                self.assertEqual(client.receive()[0], "c", kind)
        self.expect_stamped(client.finish(), spf="pass", dmarc="pass")

    def reads(self):
        """System calls of the process that read."""
        lines = Path(f"/proc/{self.alignd.process.pid}/io").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("syscr:"))

    def test_a_message_takes_few_system_calls(self):
        messages = 50
        with self.greeted() as client:
            self.expect_stamped(client.message(LETTER), dmarc="pass")
            before = self.reads()
            for _ in range(messages):
                client.send(self.octets(client))
                self.expect_answers(client)
            # Of twelve packets: 21 without reading ahead; as it is one, and what the process reads beside it.
            self.assertLess(self.reads() - before, 6 * messages)

    def test_messages_that_do_not_wait_for_an_answer(self):
        with self.greeted() as client:
            client.send(20 * self.octets(client))
            for _ in range(20):
                self.expect_answers(client)

    def test_what_was_sent_before_the_end_of_the_connection_counts(self):
        with self.greeted() as client:
            client.send(self.octets(client) + QUIT)
            client.socket.shutdown(socket.SHUT_WR)
            self.expect_answers(client)


class Masses(Packets):
    def test_1000_connections_at_once(self):
        clients = [Milter(self.where) for _ in range(1000)]
        for client in clients:
            client.send(negotiation())
        for client in clients:
            client.agree()
        for client in clients:
            client.play([*opening(), *envelope(), *content(LETTER)])
        for client in clients:
            client.send(END)
        for client in clients:
            self.expect_stamped(client.finish(), spf="pass", dmarc="pass")
            client.close()

    def test_5000_idle_ones_hold_up_nobody(self):
        idle = []
        for _ in range(5000):
            idle.append(self.greeted())
        self.assertGreater(max(self.descriptors()), 5000)
        self.assertLess(len(os.listdir(f"/proc/{self.alignd.process.pid}/task")), 200, "threads: idle ones have none")
        for client in idle[-20:]:  # their descriptors are far over 1,024
            self.expect_stamped(client.message(LETTER), dmarc="pass")
        for client in idle:
            client.close()

    def test_200_ends_of_message_in_the_same_instant(self):
        clients = [self.greeted() for _ in range(200)]
        for number, client in enumerate(clients):
            client.play([*envelope(f"a@n{number}.bank.example"), *content(LETTER.replace(b"@bank.", b"@n%d.bank." % number))])
            if number == 0:
                self.dns.become("silent")
        for client in clients:
            client.send(END)
        # One after the other, at 2 s each, would be 400 s: each client waits for 60.
        for number, client in enumerate(clients):
            self.expect_stamped(client.finish(), **({"dmarc": "temperror"} if number else {}))
            client.close()

    def test_dns_that_dies_between_the_header_and_the_end(self):
        clients = [self.greeted() for _ in range(20)]
        for number, client in enumerate(clients):
            client.play([*envelope(f"a@m{number}.bank.example"), *content(LETTER)][:-2 if number % 2 else None])
            if number == 10:
                self.dns.become("dead")
        for number, client in enumerate(clients):
            client.play(content(LETTER)[-2:] if number % 2 else [])
            end = client.end()
            self.expect_stamped(end, **({"dmarc": "temperror"} if number > 10 else {}))
            # What was asked before may have been answered before.
            self.assertIn(results.words(results_of(end[1])[0].decode())["dmarc"], ("fail", "temperror"))
            client.close()


class Stalls(Packets):
    more = 'idle_time = "10s"'

    def test_in_the_middle_of_every_packet(self):
        stalled, before = [], b""
        for event in CONVERSATION:
            for cut in (1, 3, 4, 5, len(event) - 1):
                if cut < len(event):
                    stalled.append(Milter(self.where))
                    stalled[-1].send(before + event[:cut])
            before += event
        with self.greeted() as client:
            self.expect_stamped(client.message(LETTER), dmarc="pass")
        for client in stalled:  # idle_time is for them
            with self.assertRaises(Closed):
                while True:
                    client.receive()
            client.close()


@unittest.skipIf(faketime.LIBRARY is None or SANITIZED, "libfaketime is not installed, or cannot be loaded before a sanitizer")
class Clock(Packets):
    """libmilter looks who has been silent for too long, and is told of no step of the clock (milter/steady_time.cpp)."""

    def test_libmilter_asks_our_clock(self):
        # What a step does hangs on the moment in which libmilter looks: this does not.
        done = subprocess.run([program(), "--version"], capture_output=True, text=True, check=True,
                              env={**os.environ, "LD_DEBUG": "bindings", "LD_BIND_NOW": "1"})
        for name in ("time", "sigwait"):
            self.assertRegex(done.stderr, rf"binding file \S*/libmilter\S* .* to \S*/alignd \[0\]: normal symbol `{name}'")

    @classmethod
    def begin(cls):
        cls.offset = cls.workspace.folder("clock") / "offset"
        cls.offset.write_text("+0")
        cls.environment = faketime.environment(cls.offset)
        super().begin()

    @classmethod
    def tearDownClass(cls):
        try:
            super().tearDownClass()
        finally:
            faketime.clear()

    def test_a_step_ends_no_connection(self):
        with self.greeted() as silent:
            for step in ("+0", "+400d", "-400d", "+0"):
                self.offset.write_text(step)
                for _ in range(5):  # libmilter looks as it is woken
                    with self.greeted() as client:
                        self.expect_stamped(client.message(LETTER))
                self.expect_stamped(silent.message(LETTER))
        self.assertGreaterEqual(len({verdict["time"][:4] for verdict in self.alignd.verdicts()}), 3, "it saw the steps")


@unittest.skipIf(SANITIZED, "a sanitizer handles the signal itself")
class Cores(Packets):
    """Whatever the limit is, and wherever the system sends cores: there is none, as mail of others would be in it."""

    @classmethod
    def begin(cls):
        cls.room = cls.workspace.folder("cores")
        cls.under = ["env", f"--chdir={cls.room}", "prlimit", "--core=unlimited"]
        super().begin()

    def crash(self, process):
        process.child.send_signal(signal.SIGSEGV)
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code

    def test_a_crash_in_mid_message_dumps_none(self):
        control = self.workspace.start("control", [*self.under, "sleep", "60"])
        wait_until(lambda: Path(f"/proc/{control.pid}/comm").read_text().strip() == "sleep", "another program")
        if self.crash(control) != os.CLD_DUMPED:
            self.skipTest("no program's core is dumped here")
        before = set(self.room.iterdir())
        with self.greeted() as client:
            client.play([*envelope(), *content(LETTER)])
            self.assertEqual(self.crash(self.alignd.process), os.CLD_KILLED)
        self.assertEqual(set(self.room.iterdir()), before)
        self.alignd.process.stop()
        self.alignd.start()


@unittest.skipIf(SANITIZED, "a sanitizer has an allocator of its own")
class ScarceMemory(Packets):
    """Any allocation may fail, at any place: of alignd, libmilter, OpenSSL, c-ares and the C library."""

    dns_more = 'cache = "0"\nfailure_memory = "0"'

    @classmethod
    def begin(cls):
        cls.scarcity = cls.workspace.folder("scarcity") / "one-in"
        cls.scarcity.write_bytes(struct.pack("=I", 0))
        cls.environment = {"LD_PRELOAD": os.environ["ALIGND_SCARCE_MEMORY"], "SCARCE_MEMORY": str(cls.scarcity)}
        super().begin()
        cls.cases = cases(cls.world.keys)
        cls.doubts = 0

    def refuse(self, one_in):
        with self.scarcity.open("r+b") as file:
            file.write(struct.pack("=I", one_in))

    def play(self, case):
        """A conversation of two messages: the answer to each, "-" where the connection ended or fell silent."""
        answers = ""
        try:
            with Milter(self.where, timeout=5) as connection:
                connection.negotiate()
                connection.send(packet("D", b"C" + milter.strings("v", "Postfix 3.7.11, and no string that needs no memory")))
                connection.play(opening(case.client, case.helo))
                for _ in range(2):
                    answers += self.message(connection, case)
        except (Closed, OSError):
            answers += "-"
        return answers

    def message(self, connection, case):
        if set(connection.play([*envelope(sender=case.sender), *content(case.message)])) - {"c"}:
            connection.send(packet("A"))
            return "t"
        answer, inserted = connection.end()
        if answer == "c":
            values = results_of(inserted)
            self.assertEqual(len(values), 1, "taken without a stamp")
            said = results.words(values[0].decode())
            for method in ("spf", "dkim", "dmarc"):
                wanted, got = case.expect.get(method), said.get(method)
                for want, word in zip(wanted, got) if isinstance(wanted, list) else [(wanted, got)]:
                    self.assertIn(word, (want, "temperror"), values[0])
                    self.doubts += word != want
        return answer

    def all_as_ever(self):
        self.doubts = 0
        return {self.play(case) for case in self.cases} == {"cc"} and self.doubts == 0

    def test_any_allocation_may_fail(self):
        answers = Counter()
        for one_in in (20_000, 5_000, 1_000, 300, 100, 30, 10):
            self.refuse(one_in)
            until = time.monotonic() + 2
            while time.monotonic() < until:
                with ThreadPoolExecutor(8) as pool:
                    answers.update("".join(pool.map(self.play, self.cases * 4)))
                self.assertTrue(self.alignd.process.running(), self.alignd.process.tail())
                with contextlib.suppress(OSError):
                    self.metric("alignd_connections")
            self.alignd.process.child.send_signal(signal.SIGHUP)
            time.sleep(0.1)
            self.refuse(0)
            wait_until(self.all_as_ever, "messages that are taken with the words that they have alone", 30)
        print(f"    {dict(answers)}", flush=True)
        self.assertLessEqual(set(answers), set("ct-"))
        self.assertGreater(answers["t"], 0)

    def test_it_stops_without_any(self):
        try:
            self.refuse(1)
            self.assertEqual(self.alignd.process.stop(30), 0, self.alignd.process.tail())
        finally:
            self.refuse(0)
            self.alignd.start()


class Broken(Packets):
    def test_disconnected_at_every_octet(self):
        octets = b"".join(CONVERSATION)
        before = len(self.alignd.verdicts())
        for end in range(len(octets) + 1):
            with Milter(self.where) as client:
                client.send(octets[:end])
        wait_until(lambda: self.metric("alignd_connections") == 0, "no connection", 60)
        self.assertLessEqual(len(self.alignd.verdicts()) - before, 1, "no end of message, no verdict")

    def test_disconnected_at_every_octet_of_the_second_message(self):
        octets = b"".join([*envelope("x@crook.example"), *content(LETTER)])
        for end in range(0, len(octets), 7):
            with self.greeted() as client:
                client.message(LETTER)
                client.send(octets[:end])

    def test_lengths_that_lie(self):
        resident = self.resident()
        for length in (0, 2**31 - 1, 2**31, 2**32 - 1, (4 << 20) + 2):
            for prefix in (b"", b"".join(CONVERSATION[:4])):
                for kind in "CLBO\xff":
                    with Milter(self.where, timeout=30) as client:
                        try:
                            client.send(prefix + struct.pack(">I", length) + kind.encode("latin-1") + b"x" * 100)
                        except ConnectionError:
                            continue
                        with self.assertRaises(Closed, msg=f"{kind} of {length} octets"):
                            while True:
                                client.receive()
        if not SANITIZED:  # which keeps what has been freed
            self.assertLess(self.resident(), resident + (64 << 20))

    def resident(self):
        return int(Path(f"/proc/{self.alignd.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def outcome(self, client, octets):
        """Plays a conversation as it is; every answer to an end of message that takes it must come with one stamp."""
        try:
            client.send(octets)
            client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        inserted = []
        try:
            while True:
                command, payload = client.receive()
                if command == "i":
                    inserted.append(tuple(payload[4:].split(b"\0")[:2]))
                elif command in milter.FINAL:
                    if inserted:
                        self.assertIn(command, "ca")
                        self.assertEqual(len(results_of(inserted)), 1, octets[-200:])
                    inserted = []
        except (Closed, TimeoutError, struct.error):
            return

    def test_every_command_with_too_little_and_too_much(self):
        for kind in map(chr, range(256)):
            for payload in (b"", b"\0", b"\0\0\0", b"x", b"x\0y\0z", b"4\0\0\0\0", b"x\0" + b"4" + b"\0" * 3, b"\xff" * 300):
                with self.subTest(kind=kind, payload=payload), Milter(self.where, timeout=30) as client:
                    broken = struct.pack(">I", len(payload) + 1) + kind.encode("latin-1") + payload
                    # QUIT behind it: what was asked is answered, and the connection ends.
                    self.outcome(client, b"".join([*CONVERSATION[:5], broken, *CONVERSATION[5:], QUIT]))

    def test_conversations_out_of_order_and_damaged(self):
        chance = random.Random(19)
        events = [*CONVERSATION[1:], packet("A"), packet("K"), *envelope("x@crook.example"), END]
        for _ in range(400):
            played = [negotiation(), *chance.choices(events, k=chance.randrange(1, 25)), QUIT]
            octets = bytearray(b"".join(played))
            for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
                octets[chance.randrange(len(octets))] = chance.randrange(256)
            with Milter(self.where, timeout=30) as client:
                self.outcome(client, bytes(octets))


del Packets  # a base class, not a test
if __name__ == "__main__":
    main()
