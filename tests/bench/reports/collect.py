#!/usr/bin/python3
"""What a day of a busy host costs alignd-report: seconds on one core, the most memory it held, octets of the store.

collect.py PROGRAM [COUNT ...] collects that many lines (500000 and 2000000), each count into a new SQLite file, and once
more, when all of them are known. Memory is flat when it is the same for both.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lines import DAY, lines


def run(program, store, log):
    """(seconds of processor time, of the clock, MiB, what it said)."""
    core = str(min(os.sched_getaffinity(0)))
    began = time.monotonic()
    process = subprocess.Popen(["taskset", "-c", core, program, "collect", "--store", str(store), "--host", "mx1", "--now",
                                str(DAY * 86400 + 86000), str(log)], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"status {status}: {said}")
    return used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024, said.strip()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    program, counts = sys.argv[1], [int(word) for word in sys.argv[2:]] or [500_000, 2_000_000]
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            log, store = Path(folder) / "verdicts.jsonl", Path(folder) / "reports.db"
            with log.open("w") as out:
                out.writelines(lines(count))
            for what in ("new", "known"):
                work, clock, memory, said = run(program, store, log)
                size = sum(path.stat().st_size for path in Path(folder).glob("reports.db*"))
                print(f"{count} lines, {what}: {work:.1f} s of work, {clock:.1f} s, {memory:.0f} MiB, store {size / 2**20:.0f} MiB ({said})",
                      flush=True)
                # Another file with the same lines: read from its beginning.
                copy = log.with_name(f"{log.name}.copy")
                shutil.copyfile(log, copy)
                log.unlink()
                log = copy


if __name__ == "__main__":
    main()
