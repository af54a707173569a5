#!/usr/bin/python3
"""alignd-check log on a terminal: the bar keeps to one line, goes forward, and leaves nothing behind."""
import fcntl
import gzip
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "bench/reports")]
sys.dont_write_bytecode = True

from lines import lines  # noqa: E402

PROGRAM = os.environ["ALIGND_CHECK_PROGRAM"]


class Screen:
    """What a terminal of so many columns shows of octets: as much of it as a bar needs."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [""]
        self.at = 0
        self.seen = []  # the last row, each time it is begun anew

    def feed(self, text):
        for part in re.findall(r"\x1b\[K|\x1b\[[0-9;]*m|.", text, re.DOTALL):
            row = self.rows[-1]
            if part == "\r":
                self.seen.append(row)
                self.at = 0
            elif part == "\n":
                self.rows.append("")
                self.at = 0
            elif part == "\x1b[K":
                self.rows[-1] = row[:self.at]
            elif not part.startswith("\x1b"):
                if self.at == self.columns:
                    self.rows.append("")
                    row, self.at = "", 0
                self.rows[-1] = row[:self.at] + part + row[self.at + 1:]
                self.at += 1


def read_all(descriptor):
    out = b""
    while True:
        try:
            got = os.read(descriptor, 65536)
        except OSError:  # the other end is closed
            return out.decode()
        if not got:
            return out.decode()
        out += got


class Terminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.log = self.folder / "verdicts.jsonl"
        self.log.write_text("".join(lines(6000)))

    def run_on_terminal(self, columns, *files):
        """Standard error is a terminal; gives what stands on it at the end, what came, and the status."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        with open(self.folder / "out", "wb") as out:
            process = subprocess.Popen([PROGRAM, "log", *map(str, files)], stdout=out, stderr=theirs)
            os.close(theirs)
            screen = Screen(columns)
            screen.feed(read_all(ours))
            os.close(ours)
        return screen, process.wait()

    def bars(self, screen):
        return [row for row in screen.seen if row.strip()]

    def test_goes_forward_on_one_line_and_leaves_nothing(self):
        for columns in (80, 40, 20, 200):
            screen, status = self.run_on_terminal(columns, self.log)
            self.assertEqual(status, 0)
            self.assertEqual(screen.rows, [""], f"{columns} columns")
            bars = self.bars(screen)
            self.assertGreater(len(bars), 3)
            self.assertLess(max(map(len, bars)), columns)
            percents = [int(re.search(r"(\d+) %", bar).group(1)) for bar in bars]
            self.assertEqual(percents, sorted(set(percents)))
            self.assertLessEqual(percents[-1], 100)
            if columns >= 80:
                self.assertRegex(bars[-1], r"^\[#+ *\] \d+ %, \d+000 lines$")
            self.assertIn("6000 messages", (self.folder / "out").read_text())

    def test_a_compressed_file_by_its_octets(self):
        packed = self.folder / "verdicts.jsonl.1.gz"
        packed.write_bytes(gzip.compress(self.log.read_bytes()))
        screen, status = self.run_on_terminal(80, packed, self.log)
        self.assertEqual((status, screen.rows), (0, [""]))
        self.assertGreater(len(self.bars(screen)), 3)

    def test_a_complaint_has_its_own_line(self):
        cut = self.folder / "cut.gz"
        cut.write_bytes(gzip.compress(self.log.read_bytes())[:-400])
        screen, status = self.run_on_terminal(80, self.log, cut, self.log)
        self.assertEqual(status, 66)
        self.assertTrue(screen.rows[0].startswith("alignd-check: "), screen.rows)
        self.assertIn("damaged", "".join(screen.rows))
        self.assertEqual(screen.rows[-1], "")
        self.assertNotIn("#", "".join(screen.rows))

    def test_no_bar_where_nobody_looks(self):
        done = subprocess.run([PROGRAM, "log", str(self.log)], capture_output=True)
        self.assertEqual(done.stderr, b"")
        self.assertNotIn(b"\x1b", done.stdout)
        piped = subprocess.run([PROGRAM, "log", "-"], input=self.log.read_bytes(), capture_output=True)
        self.assertEqual(piped.stdout, done.stdout)

    def test_follow_has_colours_on_a_terminal_and_ends_when_interrupted(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([PROGRAM, "log", "--follow", str(self.log)], stdout=theirs)
        os.close(theirs)
        text = ""
        while text.count("\n") < 10:
            text += os.read(ours, 65536).decode()
        with self.log.open("a") as log:
            log.write("".join(lines(1, seed=7)))
        while "4c29B92700" not in text:  # 7 * 100,000,000
            text += os.read(ours, 65536).decode()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), -signal.SIGINT)
        os.close(ours)
        self.assertEqual(text.count("\n"), 11)
        self.assertIn("\x1b[32mpass", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
