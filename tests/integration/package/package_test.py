#!/usr/bin/python3
"""The Debian packages on a fresh Debian, as an admin meets them: installed, a few lines pasted, mail stamped; upgraded,
removed, purged.

    package_test.py RELEASE     bookworm, trixie ... ; the packages are built by debian/build, or are in $ALIGND_PACKAGES
"""
import os
import re
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import elf, results, smtp  # noqa: E402
from lab.container import FreshDebian  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.mailbox import Message  # noqa: E402
from lab.testing import letter, main  # noqa: E402
from lab.workspace import LabError, Workspace, wait_until  # noqa: E402
from lab.world import World  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
RELEASE = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "bookworm"
HOST = "mx.receiver.example"
READER = "reader"
SOCKET = "/var/spool/postfix/alignd/alignd.sock"
BANK = "Bank <service@bank.example>"
PACKAGES = ("alignd", "alignd-check", "alignd-report")


def debian_build(*words):
    """What debian/build prints; Unavailable when it says that there are no chroots here."""
    done = subprocess.run([ROOT / "debian/build", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        raise Unavailable(done.stderr[-500:])
    if done.returncode != 0:
        raise LabError(f"debian/build {' '.join(words)}: status {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def paste_block(readme):
    """The lines for main.cf in README.Debian: the indented block in which every line sets something of milters."""
    blocks = re.findall(r"(?:^ {7}\S.*\n)+", readme, re.MULTILINE)
    found = [block for block in blocks if block.lstrip().startswith("smtpd_milters")]
    assert len(found) == 1, blocks
    return re.sub(r"^ {7}", "", found[0], flags=re.MULTILINE)


class Package(unittest.TestCase):
    """One life of a machine, in the order of the methods' names."""

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("chroots and containers need root")
        try:
            base = debian_build("--base", RELEASE).strip()
            given = os.environ.get("ALIGND_PACKAGES")
            if not given:
                debian_build(RELEASE)
            cls.packages = Path(given or ROOT / "build/package" / RELEASE)
        except Unavailable as error:
            raise unittest.SkipTest(str(error)) from None
        cls.workspace = Workspace("package")
        try:
            cls.machine = FreshDebian(cls.workspace, base, HOST)
            with cls.machine.network():
                cls.world = World(cls.workspace)
        except Unavailable as error:
            cls.workspace.close()
            raise unittest.SkipTest(str(error)) from None
        except BaseException:
            cls.workspace.close()
            raise
        cls.mail = 0

    @classmethod
    def tearDownClass(cls):
        cls.workspace.close(keep=bool(os.environ.get("ALIGND_LAB_KEEP")))

    def apt(self, *words):
        # Packages come over this machine's network; what runs in the container has none, and a name server of its own.
        (self.machine.files / "run/outside.conf").write_text(Path("/etc/resolv.conf").read_text())
        return self.machine.check("env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", "unshare", "--mount", "sh", "-ec",
                                  'mount --bind /run/outside.conf /etc/resolv.conf; exec apt-get -y "$@"', "apt-get", *words)

    def package(self, name, folder=None):
        """That package's file."""
        found = sorted((folder or self.packages).glob(f"{name}_*.deb"))
        self.assertEqual(len(found), 1, found)
        return found[0]

    def bring(self, *files):
        """The same files on the machine: their names there."""
        folder = self.machine.files / "srv/packages"
        folder.mkdir(exist_ok=True)
        return [f"/srv/packages/{Path(shutil.copy(path, folder)).name}" for path in files]

    def active(self, unit="alignd"):
        return self.machine.property(unit, "ActiveState") == "active"

    def pid(self, unit="alignd"):
        return self.machine.property(unit, "MainPID")

    def send(self):
        """A signed message through the machine's Postfix, to a local user; gives it as it came in."""
        # The only one in the mailbox.
        self.machine.check("install", "-o", READER, "-g", "mail", "-m", "660", "/dev/null", f"/var/mail/{READER}")
        message = self.world.keys["bank-rsa"].sign(letter(BANK), "s1", "bank.example")
        with self.machine.network():
            smtp.deliver(("127.0.0.1", 25), message, "service@bank.example", f"{READER}@{HOST}", "mail.bank.example",
                         "192.0.2.10")
        mailbox = self.machine.files / "var/mail" / READER
        raw = wait_until(lambda: (text := mailbox.read_bytes()).endswith(b"\n\n") and text, "the message", 30)
        return Message(raw.partition(b"\n")[2])

    def check_stamped(self):
        fields = self.send().values("Authentication-Results")
        self.assertEqual(len(fields), 1, fields)
        self.assertEqual(results.read(fields[0])[0], HOST)
        self.assertEqual(results.words(fields[0])["dmarc"], "pass", fields[0])

    def repacked(self, name, more, change=lambda folder: None):
        """The package with a higher version, by `more`, and with `change` made to what is in it."""
        folder = self.workspace.folder("repack") / f"{name}{more}"
        subprocess.run(["dpkg-deb", "-R", self.package(name), folder], check=True)
        control = folder / "DEBIAN/control"
        version = re.search(r"^Version: (.*)$", control.read_text(), re.MULTILINE)[1]
        control.write_text(control.read_text().replace(f"Version: {version}", f"Version: {version}{more}")
                           .replace(f"(= {version})", f"(= {version}{more})"))
        change(folder)
        out = self.workspace.folder("repack") / f"{name}_{version}{more}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", folder, out], check=True, stdout=subprocess.DEVNULL)
        return out

    def test_1_lintian_finds_no_error(self):
        if os.environ.get("ALIGND_PACKAGES"):
            self.skipTest("packages built elsewhere")
        said = (self.packages / "lintian.txt").read_text()
        self.assertIn("Lintian v", said)
        self.assertEqual([line for line in said.splitlines() if re.match(r"[EW]: ", line)], [])

    def test_2_programs_are_hardened_and_stripped(self):
        for name, program in (("alignd", "usr/sbin/alignd"), ("alignd-check", "usr/bin/alignd-check"),
                              ("alignd-report", "usr/sbin/alignd-report")):
            folder = self.workspace.folder(f"unpacked/{name}")
            subprocess.run(["dpkg-deb", "-x", self.package(name), folder], check=True)
            with self.subTest(name):
                self.assertTrue(elf.is_stripped(folder / program))
                self.assertEqual(elf.shortcomings(folder / program), [])
                shown = subprocess.run(["readelf", "-n", folder / program], capture_output=True, text=True, check=True).stdout
                build_id = re.search(r"Build ID: ([0-9a-f]+)", shown)[1]
                symbols = subprocess.run(["dpkg-deb", "-c", self.package(f"{name}-dbgsym")], capture_output=True, text=True,
                                         check=True).stdout
                self.assertIn(f"/usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug", symbols)

    def test_3_installed_and_pasted_it_stamps(self):
        self.apt("update")
        self.apt("install", "--download-only", "postfix", "logrotate", "opendkim")
        began = time.monotonic()
        # What an admin types. Postfix comes with it, as recommended.
        said = self.apt("install", *self.bring(*map(self.package, PACKAGES)))
        # Postfix was set up after it: systemd tries again, once a second at first.
        wait_until(self.active, "alignd after its installation", 60)
        self.assertEqual(re.findall(r"(?i)^.*(?:alignd.*(?:fail|could not)|(?:fail|could not).*alignd).*$", said, re.M), [])
        readme = self.machine.check("sh", "-c", "cat /usr/share/doc/alignd/README.Debian || zcat /usr/share/doc/alignd/README.Debian.gz")
        with open(self.machine.files / "etc/postfix/main.cf", "a") as main_cf:
            main_cf.write(paste_block(readme))
        # Of the laboratory: a name server, a reader, and clients that may be whoever they say.
        host, port = self.world.resolver
        self.assertEqual(port, 53)
        (self.machine.files / "etc/resolv.conf").write_text(f"nameserver {host}\n")
        self.machine.check("useradd", READER)
        self.machine.check("postconf", "-e", "smtpd_authorized_xclient_hosts = 127.0.0.0/8")
        self.machine.check("systemctl", "restart", "postfix")
        # The settings file is as the package brought it.
        self.check_stamped()
        print(f"{RELEASE}: 3 commands and {time.monotonic() - began:.0f} s from apt install to a stamped message",
              file=sys.stderr)
        self.assertEqual(self.machine.check("stat", "--format=%a %U %G", os.path.dirname(SOCKET), SOCKET).splitlines(),
                         ["2750 alignd postfix", "660 alignd postfix"])
        self.assertEqual(self.machine.property("alignd-report.timer", "ActiveState"), "inactive")
        self.assertIn("alignd 0", self.machine.check("alignd-check", "--version").replace("alignd-check", "alignd"))
        status, said = self.machine.run("man", "--where", "alignd")
        if status == 0:  # where man is installed at all
            self.assertIn("alignd.8", said)

    def test_4_opendkim_stays_beside_it(self):
        self.apt("install", "--no-install-recommends", "opendkim")
        with open(self.machine.files / "etc/opendkim.conf", "a") as conf:
            conf.write("\nMode s\n")
        self.machine.check("systemctl", "restart", "opendkim")
        self.assertTrue(self.active("opendkim"))
        self.assertTrue(self.active())
        self.check_stamped()

    def test_5_an_upgrade_keeps_what_was_edited(self):
        settings = self.machine.files / "etc/alignd/alignd.toml"
        settings.write_text(settings.read_text() + "\n# edited\n")
        (self.machine.files / "etc/alignd/mx2.toml").write_text('[milter]\nsocket = "unix:/run/alignd-mx2/alignd.sock"\n')
        self.machine.check("systemctl", "enable", "--now", "alignd@mx2")
        before = self.pid(), self.pid("alignd@mx2")
        self.assertNotIn("0", before)
        self.apt("install", *self.bring(*(self.repacked(name, "+1") for name in PACKAGES)))
        self.assertIn("# edited", settings.read_text())
        wait_until(self.active, "alignd after the upgrade")
        wait_until(lambda: self.active("alignd@mx2"), "alignd@mx2 after the upgrade")
        self.assertFalse(set(before) & {self.pid(), self.pid("alignd@mx2")}, "both run the new program")
        self.check_stamped()

        def other_file(folder):
            shipped = folder / "etc/alignd/alignd.toml"
            shipped.write_text("# A new shipped file.\n" + shipped.read_text())

        newer = [self.repacked("alignd", "+2", other_file), *(self.repacked(n, "+2") for n in PACKAGES[1:])]
        self.apt("install", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold",
                 *self.bring(*newer))
        self.assertIn("# edited", settings.read_text())
        self.assertIn("# A new shipped file.", (settings.parent / "alignd.toml.dpkg-dist").read_text())
        self.check_stamped()

    def test_6_removal_says_what_postfix_still_asks_for(self):
        said = self.apt("remove", *PACKAGES)
        self.assertIn("Postfix still names alignd in main.cf", said)
        self.assertIn("# edited", (self.machine.files / "etc/alignd/alignd.toml").read_text())
        self.assertEqual(self.machine.run("systemctl", "is-active", "alignd", "alignd@mx2")[1].split(), ["inactive"] * 2)

    def test_7_a_purge_leaves_nothing(self):
        (self.machine.files / "var/log/alignd/verdicts.jsonl").write_text("{}\n")
        (self.machine.files / "var/lib/alignd").mkdir(exist_ok=True)
        self.apt("purge", *PACKAGES)
        shutil.rmtree(self.machine.files / "srv/packages")
        left = self.machine.check("find", "/", "-xdev", "-path", "/proc", "-prune", "-o", "-path", "/sys", "-prune", "-o",
                                  "-name", "*alignd*", "-print").splitlines()
        self.assertEqual(left, [])
        # As Debian's system users do, it stays; README.Debian says so.
        self.machine.check("getent", "passwd", "alignd")
        self.assertTrue(self.active("postfix"))


if __name__ == "__main__":
    main()
