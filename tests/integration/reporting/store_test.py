#!/usr/bin/python3
"""Collecting by real processes that are killed and that run at once, into SQLite and into a PostgreSQL server."""
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "bench/reports")]
sys.dont_write_bytecode = True

import valid  # noqa: E402
from lines import DAY, lines  # noqa: E402
from postgres import Postgres, Skip  # noqa: E402

PROGRAM = os.environ["ALIGND_REPORT_PROGRAM"]
UNIT_TESTS = os.environ["ALIGND_UNIT_TESTS"].split(",")
NOW = DAY * 86400 + 86000
STEPS = ("begun", "marked", "added", "placed", "committed")
SETTINGS = """\
[reports]
org_name = "Receiver"
email = "dmarc@receiver.example"
domain = "receiver.example"
"""

postgres = None


def collect(store, files, host="mx1", die_at=None, wait=True):
    environment = dict(os.environ, **({"ALIGND_REPORT_DIE_AT": die_at} if die_at else {}))
    process = subprocess.Popen([PROGRAM, "collect", "--store", store, "--host", host, "--now", str(NOW), *map(str, files)],
                               env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not wait:
        return process
    said, _ = process.communicate()
    return process.returncode, said


class Counted(unittest.TestCase):
    """What two stores hold is compared as the reports that are made of them."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()) if hasattr(self, "enterContext")
                           else tempfile.mkdtemp())
        (self.folder / "alignd.toml").write_text(SETTINGS)

    def sqlite(self, name="reports.db"):
        return str(self.folder / name)

    def postgres(self):
        if postgres is None:
            self.skipTest("no PostgreSQL")
        name = f"s{os.getpid()}_{random.getrandbits(48):x}"
        subprocess.run(["psql", "-q", postgres.url, "-c", f"CREATE SCHEMA {name}"], check=True)
        return postgres.url + f"&options=-csearch_path%3D{name}"

    def rows(self, store):
        """(policy domain, record without white space) of all reports of the day, and how many messages."""
        out = self.folder / f"out{random.getrandbits(32):x}"
        out.mkdir()
        subprocess.run([PROGRAM, "make", "--config", str(self.folder / "alignd.toml"), "--store", store, "--day", "2026-11-25",
                        "--now", str(NOW + 86400), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        found, total = [], 0
        self.assertEqual(valid.problems(*out.iterdir()), "")
        for path in out.iterdir():
            text = subprocess.run(["zcat", str(path)], check=True, capture_output=True, text=True).stdout
            for record in text.split("<record>")[1:]:
                found.append((path.name.split("!")[1], "".join(record.split())))
                total += int(record.split("<count>")[1].split("<")[0])
        return sorted(found), total

    def write(self, name, count, seed):
        path = self.folder / name
        path.write_text("".join(lines(count, seed, domains=40)))
        return path


class Killed(Counted):
    def check(self, store):
        path = self.write("log", 1000, 1)
        for step in STEPS:
            status, _ = collect(store, [path], die_at=f"{step}:1")
            self.assertIn(status, (-9, 0))
        status, said = collect(store, [path])
        self.assertEqual(status, 0, said)
        self.assertEqual(self.rows(store)[1], 1000)

    def test_sqlite(self):
        self.check(self.sqlite())

    def test_postgres(self):
        self.check(self.postgres())


class AtOnce(Counted):
    """Four collectors at once, each file read by two of them, some of them killed: as one that read all."""

    def check(self, store):
        files = [self.write(f"log{i}", 6_000, i + 1) for i in range(4)]
        processes = [collect(store, [files[i], files[(i + 1) % 4]], wait=False,
                             die_at="placed:2" if i % 2 else None) for i in range(4)]
        for process in processes:
            process.communicate()
        processes = [collect(store, [files[i], files[(i + 1) % 4]], wait=False) for i in range(4)]
        for process in processes:
            said, _ = process.communicate()
            self.assertEqual(process.returncode, 0, said)
        alone = self.sqlite("alone.db")
        status, said = collect(alone, files)
        self.assertEqual(status, 0, said)
        expected = self.rows(alone)
        self.assertEqual(expected[1], 24_000)
        self.assertEqual(self.rows(store), expected)

    def test_sqlite(self):
        self.check(self.sqlite())

    def test_postgres(self):
        self.check(self.postgres())

    def test_two_hosts_into_one_store(self):
        store = self.postgres()
        first, second = self.write("mx1", 2000, 1), self.write("mx2", 2000, 2)
        for host, path in (("mx1", first), ("mx2", second)):
            self.assertEqual(collect(store, [path], host)[0], 0)
        both = self.folder / "both"
        both.write_text(first.read_text() + second.read_text())
        alone = self.sqlite("alone.db")
        collect(alone, [both])
        self.assertEqual(self.rows(store), self.rows(alone))


class UnitTests(unittest.TestCase):
    """The store's own tests once more, on the server."""

    def test_on_postgres(self):
        if postgres is None:
            self.skipTest("no PostgreSQL")
        for program in UNIT_TESTS:
            with self.subTest(program):
                done = subprocess.run([program, "--gtest_filter=*Postgres*"], capture_output=True, text=True,
                                      env=dict(os.environ, ALIGND_TEST_POSTGRES=postgres.url))
                self.assertEqual(done.returncode, 0, done.stdout[-4000:])
                self.assertIn("[  PASSED  ]", done.stdout)
                self.assertNotIn("0 tests", done.stdout)


if __name__ == "__main__":
    try:
        postgres = Postgres()
    except Skip as reason:
        print(reason, file=sys.stderr)
    try:
        unittest.main()
    finally:
        if postgres is not None:
            postgres.stop()
