#!/usr/bin/python3
"""Verdict lines through rsyslog, as alignd-verdicts(5) says: from one host's file into another's, unchanged."""
import json
import shutil
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import pages  # noqa: E402
from lab.testing import main  # noqa: E402
from lab.workspace import Workspace, accepts, wait_until  # noqa: E402

FILE = "/var/log/alignd/verdicts.jsonl"
TARGET = "logs.example.net"


def lines(count, begin=0):
    """As the daemon writes them: escapes, what looks like a header of syslog, and the longest there are (16 KiB)."""
    for number in range(begin, begin + count):
        line = {"v": 1, "time": "2026-11-26T12:00:00.000Z", "queue_id": f"{number}",
                "helo": "<13>Nov 26 12:00:00 forged alignd[1]: {\"v\":1}", "from": "\u00fc\u0000\u202e%msg% \\ \"'",
                "note": "x" * (16000 if number % 7 == 0 else number % 300)}
        yield json.dumps(line, separators=(",", ":"))


class Rsyslog(unittest.TestCase):
    def setUp(self):
        self.program = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
        if not self.program:
            self.skipTest("rsyslog is not installed")
        self.workspace = Workspace("test")
        self.addCleanup(self.workspace.close)

    def start(self, name, block, **replaced):
        """An rsyslogd with the block as a file of its rsyslog.d, as Debian's rsyslog.conf includes it."""
        folder = self.workspace.folder(name)
        text = block.text
        for old, new in replaced.values():
            self.assertIn(old, text)
            text = text.replace(old, str(new))
        (folder / "alignd.conf").write_text(text)
        (folder / "rsyslog.conf").write_text(f'module(load="imuxsock" sysSock.use="off")\n'
                                             f'global(workDirectory="{folder}")\ninclude(file="{folder}/alignd.conf")\n')
        return self.workspace.start(name, [self.program, "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"])

    def test_from_file_to_file_unchanged(self):
        sender, receiver = (block for block in pages.blocks() if block.kind == "rsyslog")
        port = 10514
        address = self.workspace.address(95)
        here, there = self.workspace.folder("here") / "verdicts.jsonl", self.workspace.folder("there") / "verdicts.jsonl"
        first, second = list(lines(200)), list(lines(200, 200))
        here.write_text("".join(f"{line}\n" for line in first))
        taking = self.start("receiver", receiver, file=(FILE, there), address=(
            'port="10514"', f'address="{address}" port="{port}"'))
        taking.wait_ready(lambda: accepts(address, port), "its port")
        giving = self.start("sender", sender, file=(FILE, here), target=(TARGET, address))

        def arrived():
            return there.read_text().split("\n")[:-1] if there.exists() else []
        wait_until(lambda: len(arrived()) >= len(first), "the first lines", 30)
        # logrotate renames; alignd reopens.
        here.rename(here.with_name("verdicts.jsonl.1"))
        here.write_text("".join(f"{line}\n" for line in second))
        wait_until(lambda: len(arrived()) >= len(first) + len(second), "the lines of the next file", 30)
        self.assertEqual(arrived(), first + second)
        for process in (giving, taking):
            process.stop()


if __name__ == "__main__":
    main()
