#!/usr/bin/python3
"""Mail without end, and faults that change every few seconds: Postfix and Sendmail (where its package can be had) behind
Postfixes with queues, one alignd for both, nsd, unbound, and a resolver that misbehaves on demand.

  soak.py [--seconds N] [--seed N] [--messages N]

$ALIGND_PROGRAM is the daemon; the sanitizers' own variables are passed on to it, and $ALIGND_SANITIZED says that there is one.

In the end: accepted + rejected + deferred = sent (what is deferred comes again until it is accepted), each accepted message
is there once, stamped once, with the verdict that it has alone (temperror where DNS was in trouble); and the process that
served the last two thirds has kept its memory and its descriptors. Status 0 when all of that holds, 77 when it cannot run here.

Of a message that is not there once it says in whose hands it was last, by the MTAs' logs and queues, what they returned and
each run of the delivery program, and what alignd made of it: so that whoever loses one is known.

Memory is judged by the last third, in which DNS and clients misbehave as before, but nothing is killed or read anew: what
grows then is kept. Before that a process warms up: the cache of answers fills, each reload holds two sets of settings for a
while, and every thread that is busy while another is takes an arena of the C library's (8 a processor at most), which stays.
"""
import argparse
import json
import os
import random
import re
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.faulty_dns import FaultyDns  # noqa: E402
from lab.milter import Milter, envelope, negotiation, opening  # noqa: E402
from lab.relayed import DOMAIN, Relayed, relay_of  # noqa: E402
from lab.sendmail import Sendmail  # noqa: E402
from lab.testing import SANITIZED  # noqa: E402
from lab.workspace import LabError, Workspace  # noqa: E402
from lab.world import World  # noqa: E402

SUITES = ROOT.parent / "shared/conformance"
POSTFIX, SENDMAIL = 27, 30  # hosts
DNS_FAULTS = ("dead", "silent", "slow", "servfail", "refused", "garbage", "strangers", "flapping", "no tcp")
WORSE = ("temperror",)  # what trouble with DNS may make of a word
MOST_GROWTH = 24 << 10  # KiB in the last two thirds: caches fill, and a thread more has an arena more
MOST_GROWTH_AT_LAST = 4 << 10  # KiB within the last third, which begins warm


@dataclass
class Sample:
    name: str
    client: str
    helo: str
    sender: str
    message: bytes
    expect: dict


def conformance(count, chance):
    """Messages of the conformance suites beside this checkout, `count` of them at most."""
    found = []
    for path in sorted(SUITES.glob("*/cases.jsonl")):
        for number, line in enumerate(path.read_text().splitlines()):
            case = json.loads(line)
            message = path.parent / str(case.get("message"))
            if message.is_file() and case.get("client_ip"):
                name = re.sub("[^a-z0-9]", "", f"{path.parent.name}{number}".lower())
                found.append((name, case, message))
    chance.shuffle(found)
    return [Sample(name, case["client_ip"], case["helo"] or "client.example", case["mail_from"] or "", message.read_bytes(), {})
            for name, case, message in found[:count]]


class Soak:
    def __init__(self, workspace, seed, count):
        self.chance = random.Random(seed)
        self.workspace, world = workspace, World(workspace)
        self.dns = FaultyDns(workspace.address(3), world.resolver)
        self.settings = {"trust": f'relays = ["{relay_of(workspace, POSTFIX)}", "{relay_of(workspace, SENDMAIL)}"]',
                         "dns": 'timeout = "1s"\nprobe_interval = "200ms"\nmessage_time = "4s"'}
        self.alignd = Alignd(workspace, self.dns.address, self.settings)
        samples = cases(world.keys) + conformance(count, self.chance)
        self.ways = {"Postfix": Relayed(workspace, list(samples), self.alignd.postfix_milter, POSTFIX,
                                        said_of=self.alignd.said_of)}
        try:
            inside = Sendmail(workspace, DOMAIN, self.alignd.sendmail_milter)
            self.ways["Sendmail"] = Relayed(workspace, list(samples), None, SENDMAIL, inside, self.alignd.said_of)
        except Unavailable as error:
            print(f"without Sendmail: {error}", flush=True)
        self.faults, self.figures, self.at_last, self.crowded = Counter(), [], 0.0, False
        self.wrong = []

    def learn(self):
        """What each message gets alone, DNS being well: that is what it has to get always."""
        for name, way in self.ways.items():
            way.send_once()
            way.settle_alone()
            said = way.words()
            way.cases = [Sample(c.name, c.client, c.helo, c.sender, c.message, said[c.name]) for c in way.cases if c.name in said]
            print(f"{name}: {len(way.cases)} different messages; not delivered alone: "
                  f"{[r.split('@')[0] for r in way.expected if way.expected[r].name not in said]}", flush=True)
            way.forget()

    # Each fault begins, lasts, and ends.

    def _killed(self):
        self.alignd.kill()
        time.sleep(self.chance.uniform(0, 2))
        self.alignd.start()

    def _stopped(self):
        self.alignd.stop(60)
        time.sleep(self.chance.uniform(0, 2))
        self.alignd.start()

    def _reloaded(self):
        self.alignd.write_settings(self.dns.address, {**self.settings, "limits": f"re_runs = {self.chance.randrange(900, 1000)}"})
        self.alignd.reload()

    def _reloaded_in_vain(self):
        self.alignd.config.write_text("[policy]\nmoed = 1\n")
        self.alignd.reload()
        self.alignd.write_settings(self.dns.address, self.settings)

    def _rotated(self):
        self.alignd.verdict_file.rename(f"{self.alignd.verdict_file}.{self.faults['rotation']}")
        self.alignd.reload()

    def _stalled_clients(self):
        with ExitStack() as stack:
            for _ in range(60):
                client = stack.enter_context(Milter(self.alignd.server))
                octets = b"".join([negotiation(), *opening(), *envelope()])
                client.send(octets[:self.chance.randrange(1, len(octets))])
            time.sleep(2)

    def _dns(self, mode):
        self.dns.become(mode)
        time.sleep(self.chance.uniform(1, 4))
        self.dns.become("well")

    def fault(self, third):
        """One of them, by chance. In the second third the process stays, in the last its settings do, too."""
        some = {f"DNS {mode}": lambda mode=mode: self._dns(mode) for mode in DNS_FAULTS}
        some["stalled clients"] = self._stalled_clients
        if third < 2:
            some |= {"SIGHUP": self._reloaded, "SIGHUP in vain": self._reloaded_in_vain, "rotation": self._rotated}
        if third == 0:
            some |= {"kill -9": self._killed, "SIGTERM": self._stopped}
        name = self.chance.choice(sorted(some))
        if third == 0 and self.chance.random() < 0.4:
            name = self.chance.choice(("kill -9", "SIGTERM"))
        if third == 1 and not self.crowded:
            name = "stalled clients"  # many threads at once, and the memory that they leave behind: before the last third
        self.crowded = third > 0
        self.faults[name] += 1
        some[name]()

    def look(self):
        """Seconds, resident KiB, descriptors, threads of the process that is there now."""
        process = Path(f"/proc/{self.alignd.process.pid}")
        resident = next(int(line.split()[1]) for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS"))
        self.figures.append((time.monotonic(), resident, len(os.listdir(process / "fd")), len(os.listdir(process / "task"))))

    def _watch(self, ended):
        while not ended.wait(1):
            self.look()

    def run(self, seconds):
        begin, ended = time.monotonic(), threading.Event()
        watch = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        with ExitStack() as stack:
            for way in self.ways.values():
                stack.enter_context(way.flow(threads=2, pause=0.08))
            stack.callback(ended.set)
            while (past := time.monotonic() - begin) < seconds:
                third = int(past / seconds * 3)
                if third > 0 and not watch.is_alive():
                    watch.start()
                if third == 2:
                    self.at_last = self.at_last or time.monotonic()
                self.fault(third)
                time.sleep(self.chance.uniform(0.5, 3))
        watch.join()
        for name, way in self.ways.items():
            try:
                way.settle()
            except LabError as error:  # what there is to say of the rest is said all the same
                self.wrong.append(f"{name}: {error}")
        time.sleep(1)
        self.look()

    @staticmethod
    def slope(figures):
        """(KiB a minute by least squares, growth in KiB between the medians of the first and the last half)."""
        times, resident = [f[0] for f in figures], [f[1] for f in figures]
        mean, middle = sum(times) / len(times), sum(resident) / len(resident)
        spread = sum((t - mean) ** 2 for t in times)
        steep = sum((t - mean) * (r - middle) for t, r in zip(times, resident)) / spread if spread else 0.0
        half = (len(resident) + 1) // 2
        return steep * 60, int(statistics.median(resident[-half:]) - statistics.median(resident[:half]))

    def report(self):
        """Prints what there is to say; gives what is wrong."""
        wrong = self.wrong
        for name, way in self.ways.items():
            try:
                print(f"{name}: {json.dumps(way.account(WORSE))}")
            except LabError as error:
                wrong.append(f"{name}: {error}")
        print("faults:", ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items())))
        last = self.figures[-1]
        under_load = self.figures[:-1]
        for what, figures, most in (("two thirds", under_load, MOST_GROWTH),
                                    ("third", [f for f in under_load if f[0] >= self.at_last], MOST_GROWTH_AT_LAST)):
            steep, growth = self.slope(figures)
            print(f"process of the last {what}: {figures[0][1]} -> {figures[-1][1]} KiB resident, {steep:+.0f} KiB a minute by {len(figures)}"
                  f" looks, {growth:+} KiB from its first half to its second (at most {most}); {figures[0][2]} -> {figures[-1][2]}"
                  f" descriptors (at most {max(f[2] for f in figures)}), {figures[0][3]} -> {figures[-1][3]} threads")
            if growth > most and not SANITIZED:
                wrong.append(f"memory grew by {growth} KiB in the last {what}")
        print(f"at rest: {last[1]} KiB resident, {last[2]} descriptors, {last[3]} threads")
        # At rest: two logs, the socket, DNS; and what MTAs keep open.
        if last[2] > 200:
            wrong.append(f"{last[2]} descriptors are open at rest")
        return wrong

    def close(self):
        """Gives what the daemon's end says: a sanitizer speaks by the exit status."""
        try:
            self.alignd.stop(60)
        finally:
            self.dns.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--messages", type=int, default=100_000, help="of the conformance suites, at most")
    given = parser.parse_args()
    if given.seconds < 30:
        parser.error("--seconds: at least 30, so that each third has its faults")
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    if os.geteuid() != 0:
        print("skipped: Postfix, Sendmail and name servers on port 53 need root")
        return 77
    print(f"seed {given.seed}", flush=True)
    try:
        with Workspace("soak") as workspace:
            soak = Soak(workspace, given.seed, given.messages)
            soak.learn()
            soak.run(given.seconds)
            wrong = soak.report()
            soak.close()
    except Unavailable as error:
        print(f"skipped: {error}")
        return 77
    for text in wrong:
        print("WRONG", text)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
