#!/usr/bin/python3
"""Whole SMTP transactions through a private Postfix, without a filter and with several, in turn: what a user feels.

Nothing is installed or started as a service; the filters run in the foreground on loopback. OpenDKIM and OpenDMARC take
part where they are installed, or can be unpacked. The ratios within one run are the point: machines are noisy.
"""
import argparse
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT / "tests/integration"), str(ROOT / "demo")]
sys.dont_write_bytecode = True

import filters as filtering  # noqa: E402
import transaction  # noqa: E402
from cases import cases  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, SKIPPED, letter  # noqa: E402
from lab.workspace import Workspace  # noqa: E402
from lab.world import World  # noqa: E402


@dataclass
class Shape:
    """What is sent, and how."""
    name: str
    content: bytes
    sender: bytes = b"service@bank.example"
    recipients: list = field(default_factory=lambda: [b"someone@" + DOMAIN.encode()])
    messages: int = 1  # a connection


def shapes(keys):
    bank = "Bank <service@bank.example>"

    def signed(extra=(), body="Hello.\n"):
        return transaction.dotted(keys["bank-rsa"].sign(letter(bank, extra, body), "s1", "bank.example"))

    def header(size):
        return [f"X-Long-{n}: " + "x" * 900 for n in range(size // 912)]

    lines = "A line of text, as people write them in letters to each other.\n"
    yield Shape("the demo's first message", transaction.dotted(cases(keys)[0].message))
    yield Shape("no body", signed(body=""))
    for size in (1, 4, 10, 30, 60, 100):
        yield Shape(f"{size} KiB of header", signed(header(size * 1024)))
    for size in (4, 30, 60, 100, 1024, 10240):
        yield Shape(f"{size} KiB of body", signed(body=lines * (size * 1024 // len(lines))))
    yield Shape("10 recipients", signed(), recipients=[b"r%d@%s" % (n, DOMAIN.encode()) for n in range(10)])
    yield Shape("10 messages a connection", signed(), messages=10)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Bench:
    """One Postfix a filter, all up at once."""

    def __init__(self, workspace, world, wanted):
        self.filters = filtering.start(workspace, world.resolver, wanted)
        self.servers = {}
        for number, each in enumerate(self.filters):
            postfix = Postfix(workspace, DOMAIN, each.milters, (workspace.address(100 + number), 25),
                              {"virtual_transport": "discard:"}, name=f"postfix-{number}")
            self.servers[each.name] = postfix.server

    def one(self, shape, count, rounds):
        """p10, p50 and p99 in ms by filter, one connection. Where the machine has other work, p10 says what ours takes."""
        times = {each.name: [] for each in self.filters}
        for name, server in self.servers.items():
            transaction.one_after_the_other(server, shape, 2)
        for _ in range(rounds):
            for name, server in self.servers.items():
                times[name] += transaction.one_after_the_other(server, shape, count)
        return {name: tuple(percentile(t, share) * 1000 for share in (0.1, 0.5, 0.99)) for name, t in times.items()}

    def many(self, shape, connections, seconds, rounds):
        """p50, p99 in ms and messages a second by filter."""
        times = {each.name: [] for each in self.filters}
        rates = {each.name: [] for each in self.filters}
        for _ in range(rounds):
            for name, server in self.servers.items():
                some, rate = transaction.at_once(server, shape, connections, seconds)
                times[name] += some
                rates[name].append(rate)
                time.sleep(0.3)  # the queue manager has its own work with them
        return {name: (statistics.median(t) * 1000, percentile(t, 0.99) * 1000, statistics.median(rates[name]))
                for name, t in times.items()}


def table_of_filters(bench, shape, options):
    alone = bench.one(shape, options.count, options.rounds)
    crowd = bench.many(shape, options.connections, options.seconds, max(1, options.rounds // 2))
    print(f"{shape.name}, {len(shape.content)} octets; {options.count * options.rounds} transactions with one connection, ms\n")
    base, base_crowd = next(iter(alone.values())), next(iter(crowd.values()))
    many = f"{options.connections} conn."
    print(f"| filter | 1 conn. p10 | above none | p50 | above none | p99 | {many} p50 | p99 | messages/s | of none's |\n"
          "|---|---|---|---|---|---|---|---|---|---|")
    for name, (p10, p50, p99) in alone.items():
        c50, c99, rate = crowd[name]
        print(f"| {name} | {p10:.1f} | {p10 - base[0]:+.1f} | {p50:.1f} | {p50 - base[1]:+.1f} | {p99:.1f} | {c50:.0f} | {c99:.0f} | {rate:.0f} | "
              f"{rate / base_crowd[2]:.2f} |", flush=True)


def table_of_shapes(bench, every, options):
    names = [each.name for each in bench.filters]
    print("\np10 in ms, one connection\n\n| message | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for shape in every:
        found = bench.one(shape, max(3, options.count // 2), max(1, options.rounds // 2))
        print(f"| {shape.name} | " + " | ".join(f"{found[name][0]:.1f}" for name in names) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--filters", default="", help="some of them: 'none,alignd unix,alignd inet,...'")
    parser.add_argument("--shapes", default="", help="only shapes whose name has this text")
    parser.add_argument("--only", choices=("filters", "shapes"), help="one of the two tables")
    parser.add_argument("--count", type=int, default=20, help="transactions in a row")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each filter")
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn with many connections")
    parser.add_argument("--brief", action="store_true", help="only to see that it works")
    options = parser.parse_args()
    if options.brief:
        options.count, options.rounds, options.connections, options.seconds = 2, 1, 4, 0.2
    if os.geteuid() != 0:
        print("Postfix and name servers on port 53 need root")
        return SKIPPED
    try:
        with Workspace("bench") as workspace:
            world = World(workspace)
            bench = Bench(workspace, world, [name for name in options.filters.split(",") if name])
            every = [s for s in shapes(world.keys) if options.shapes in s.name]
            if options.only != "shapes":
                table_of_filters(bench, every[0], options)
            if options.only != "filters":
                table_of_shapes(bench, every[:2] if options.brief else every, options)
    except Unavailable as error:
        print(error)
        return SKIPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
