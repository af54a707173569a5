#!/usr/bin/python3
"""Generated messages, judged by alignd and by others; every disagreement, by kind. By hand, not in CI.

  differential.py arc|dkim|dmarc|from|openspf|spf [--count N] [--seed N] [--examples]  $ALIGND_PROGRAM: the daemon

What is compared with whom, and what the kinds are: README.md.
"""
import argparse
import importlib
import random
import sys
import time

sys.dont_write_bytecode = True

from judge import Disagreements, Judge  # noqa: E402

from lab.workspace import Workspace  # noqa: E402

MODES = ("arc", "dkim", "dmarc", "from", "openspf", "spf")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=MODES)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", action="store_true", help="of known kinds too")
    given = parser.parse_args()
    play = importlib.import_module(f"play_{given.what}")
    chance, found, began = random.Random(given.seed), Disagreements(play.KNOWN), time.monotonic()
    with Workspace("differential") as workspace:
        judge = Judge(workspace, chance, getattr(play, "SETTINGS", None))
        played = play.compare(chance, given.count, judge, found) or given.count
        judge.close()
    print(f"{given.what}: {played} played, seed {given.seed}, {time.monotonic() - began:.0f} s")
    found.show(given.examples)


if __name__ == "__main__":
    main()
