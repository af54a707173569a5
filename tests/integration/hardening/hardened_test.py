#!/usr/bin/python3
"""The programs that are shipped, and how each of their sources was compiled."""
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import elf  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.testing import main  # noqa: E402

BUILD = Path(os.environ["ALIGND_BUILD"])
ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("dns", "verifier", "conf", "milter", "cli", "reporting")


class Hardened(unittest.TestCase):
    def test_programs(self):
        for program in os.environ["ALIGND_PROGRAMS"].split():
            with self.subTest(program):
                try:
                    self.assertEqual(elf.shortcomings(program), [])
                except Unavailable as error:
                    self.skipTest(str(error))

    def test_the_daemon_calls_checked_functions(self):
        self.assertTrue(elf.fortified(os.environ["ALIGND_PROGRAMS"].split()[0]))

    def test_a_thread_can_begin_in_the_daemon_without_memory(self):
        self.assertFalse(elf.destroys_with_threads(os.environ["ALIGND_PROGRAMS"].split()[0]), "no thread_local with a destructor")

    def test_every_source_is_compiled_so(self):
        commands = [entry for entry in json.loads((BUILD / "compile_commands.json").read_text())
                    if Path(entry["file"]).relative_to(ROOT).parts[0] in ROOMS]
        self.assertGreater(len(commands), 100)
        for entry in commands:
            for flag in ("-D_FORTIFY_SOURCE=", "-fstack-protector-strong", "-fPI"):
                self.assertIn(flag, entry["command"], entry["file"])

    def test_a_program_without_all_that_is_found_out(self):
        # A test that cannot fail is none: python3 of Debian has no C++ assertions, at least.
        try:
            self.assertIn("no assertions of the C++ library", elf.shortcomings(os.path.realpath("/usr/bin/python3")))
        except Unavailable as error:
            self.skipTest(str(error))


if __name__ == "__main__":
    main()
