#!/usr/bin/python3
"""Plays every conformance case through the milter socket of the real daemon, with the independent tools beside the
project (../shared/bench), and holds the answers against what the cases expect.

usage: through_milter.py ALIGND SHARED WORK      (WORK: a folder for the tools' build and the results)

Ends 77 (skipped) when the tools or the suites are not beside this checkout."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

# Where a suite and the current RFCs disagree, or a suite and itself. Everything else must agree.
DISPUTES = {
    "badkey_14": "rsa-sha1 has permanently failed whatever its key (RFC 8301 section 3.1); the key is not looked up",
    "badkey_15": "the same",
    "multiple_1": "asks for one pass beside a list of results that has none: no v= (RFC 6376 section 3.5), RSA 768",
    "align-relaxed": "by tree walk mail.example.com is its own organizational domain (RFC 9989 section 4.10.2)",
}


def main(alignd, shared, work):
    bench, cases = shared / "bench", shared / "conformance"
    if not (bench / "casebench").exists() or not cases.is_dir():
        print("skipped: the conformance suites and their tools (../shared) are not beside this checkout")
        return 77
    if not shutil.which("faketime"):
        print("skipped: the cases have times of their own, and faketime is not installed")
        return 77
    tools = work / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    subprocess.run(["cmake", "-S", bench, "-B", tools, "-DCMAKE_BUILD_TYPE=Release"], **quiet)
    subprocess.run(["cmake", "--build", tools, "-j2", "--target", "fakedns"], **quiet)
    out = work / "results.json"
    environment = dict(os.environ, WORKSHOP_BIN=str(tools / "bin"), ALIGND=str(alignd), PYTHONDONTWRITEBYTECODE="1")
    subprocess.run([sys.executable, bench / "casebench", "run", "--peer", "alignd", "--out", out, cases],
                   env=environment, check=False)
    results = json.loads(out.read_text())["results"]
    # Skipped is a case that asks for nothing that the field shows: a reason alone, say.
    wrong = [r for r in results if r["verdict"] not in ("agree", "skipped") and r["id"] not in DISPUTES]
    for result in results:
        if result["id"] in DISPUTES and result["verdict"] != "agree":
            print(f"disputed: {result['id']}: {DISPUTES[result['id']]}")
    for result in wrong:
        bad = {key: value for key, value in result["details"].items() if isinstance(value, dict) and not value.get("ok")}
        print(f"{result['verdict']}: {result['suite']} {result['id']}: {bad or result['details']}\n    {result.get('ar')}")
    print(f"{len(results) - len(wrong)} of {len(results)} agree, are disputed, or ask for nothing here")
    skipped = sum(r["verdict"] == "skipped" for r in results)
    return 1 if wrong or skipped > 10 or len(results) < 900 else 0


if __name__ == "__main__":
    sys.exit(main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:4])))
