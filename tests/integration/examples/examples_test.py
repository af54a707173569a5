#!/usr/bin/env python3
"""The programs of examples/, built as a stranger would: against the package installed into an empty prefix, with no sight
of the sources or the build tree."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/integration"))

from lab.testing import letter, main  # noqa: E402
from lab.workspace import LabError, Workspace  # noqa: E402
from lab.world import World  # noqa: E402


def run(*command, status=0):
    """What the command printed; fails with its output when it ends with another status."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}, not {status}\n{done.stdout}{done.stderr}")
    return done.stdout


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="alignd-examples-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        prefix, sources, build = cls.folder / "prefix", cls.folder / "sources", cls.folder / "build"
        run("cmake", "--install", os.environ["ALIGND_BUILD"], "--prefix", prefix, "--component", "development")
        shutil.copytree(ROOT / "examples", sources)
        run("cmake", "-G", "Ninja", "-S", sources, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={os.environ['ALIGND_CXX']}")
        run("cmake", "--build", build)
        cls.build = build

    def test_nothing_of_the_daemon_is_in_the_package(self):
        names = {path.name for path in (self.folder / "prefix").rglob("*")}
        self.assertIn("verification.h", names)
        self.assertFalse({"alignd.toml", "glue.h", "mfapi.h", "settings.h"} & names)
        self.assertFalse([name for name in names if name.endswith((".cpp", ".service"))])

    def test_against_a_zone(self):
        data = ROOT / "tests/data"
        printed = run(self.build / "verify_with_zone", data / "rfc8463-a3.eml", data / "rfc8463-a3.zone", "192.0.2.1",
                      "joe@football.example.com", "1528637909")
        line = json.loads(printed)
        self.assertEqual([signature["result"] for signature in line["dkim"]], ["pass", "pass"])
        self.assertEqual(line["spf"]["result"], "pass")
        self.assertEqual(line["dmarc"]["result"], "pass")

    def test_against_a_zone_that_knows_nothing(self):
        empty = self.folder / "empty.zone"
        empty.write_text("$ORIGIN example.\n$TTL 60\n@ TXT \"nothing\"\n")
        printed = run(self.build / "verify_with_zone", ROOT / "tests/data/rfc8463-a3.eml", empty, "192.0.2.1",
                      "joe@football.example.com", "1528637909", status=1)
        self.assertEqual(json.loads(printed)["dmarc"]["result"], "none")

    def test_against_a_resolver(self):
        if os.geteuid() != 0:
            self.skipTest("name servers on port 53 need root")
        try:
            workspace = Workspace("examples")
            self.addCleanup(workspace.close)
            world = World(workspace)
        except LabError as error:
            self.skipTest(str(error))
        file = self.folder / "message.eml"
        file.write_bytes(world.keys["bank-rsa"].sign(letter("Bank <service@bank.example>"), "s1", "bank.example"))
        resolver = f"{world.resolver[0]}:{world.resolver[1]}"
        printed = run(self.build / "verify_with_resolver", file, "192.0.2.10", "service@bank.example", resolver)
        self.assertRegex(printed, r"^Authentication-Results: mx\.example\.org;")
        for result in ["spf=pass", "dkim=pass", "dmarc=pass"]:
            self.assertIn(result, printed)


if __name__ == "__main__":
    main()
