#!/usr/bin/python3
"""What README and the manual pages give to be copied, used as it stands: a Postfix with the pasted lines delivers stamped
mail, settings are good, shell lines parse, sendmail.mc gives a sendmail.cf."""
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import alignd, debian, pages, results, smtp  # noqa: E402
from lab.postfix import OWNERS, Postfix, first_user  # noqa: E402
from lab.sendmail import PACKAGES, configuration  # noqa: E402
from lab.testing import DOMAIN, LabTest, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

BLOCKS = pages.blocks()
QUEUE = "/var/spool/postfix"


def of_kind(kind):
    return [block for block in BLOCKS if block.kind == kind]


class Pages(unittest.TestCase):
    def test_there_are_blocks_of_each_kind(self):
        for kind in ("sh", "toml", "main.cf", "sendmail.mc"):
            self.assertTrue(of_kind(kind), kind)

    def test_settings_are_good(self):
        for block in of_kind("toml"):
            with self.subTest(str(block)):
                checked = subprocess.run([alignd.program(), "--check-config", "--config", "/dev/stdin"], input=block.text,
                                         capture_output=True, text=True, check=False)
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_shell_lines_parse(self):
        for block in of_kind("sh"):
            with self.subTest(str(block)):
                parsed = subprocess.run(["sh", "-n"], input=block.text, capture_output=True, text=True, check=False)
                self.assertEqual(parsed.returncode, 0, parsed.stderr)

    def test_the_packages_are_those_of_the_build(self):
        wanted = re.search(r"^\[build\]\n(.*?)\n\n", (pages.ROOT / "tests/packages.txt").read_text(), re.M | re.S)[1].split()
        install = next(block.text for block in of_kind("sh") if "apt-get install" in block.text).splitlines()[0]
        arguments = install.removeprefix("sudo apt-get install -y --no-install-recommends ")
        shown = subprocess.run(["sh", "-c", f"printf '%s\\n' {arguments}"], cwd=pages.ROOT, capture_output=True, text=True, check=True)
        self.assertEqual(shown.stdout.split(), wanted)

    def test_sendmail_takes_the_filter(self):
        try:
            root = debian.unpacked(*PACKAGES)
        except debian.Unavailable as error:
            self.skipTest(str(error))
        for block in of_kind("sendmail.mc"):
            with self.subTest(str(block)):
                made = subprocess.run(["m4"], input=configuration(root, DOMAIN, Path("/nonexistent"), block.text), text=True,
                                      capture_output=True, check=False, env={"PATH": f"{root}/usr/bin:/usr/bin:/bin"})
                self.assertEqual(made.returncode, 0, made.stderr)
                self.assertRegex(made.stdout, r"(?m)^Xalignd, S=\S+, F=T, T=S:30s;R:60s;E:5m$")
                self.assertIn("InputMailFilters=alignd\n", made.stdout)


class Pasted(LabTest):
    """Each main.cf block in a Postfix, with an alignd that has the settings block before it."""

    @classmethod
    def begin(cls):
        pass

    def socket_folder(self, name):
        """As systemd/alignd.tmpfiles.conf makes it below Postfix's queue."""
        folder = self.workspace.folder(f"{name}/queue/alignd", 0o2750)
        shutil.chown(folder, 0, first_user(OWNERS).pw_gid)
        folder.chmod(0o2750)
        return folder

    def settings_before(self, block):
        """The settings block above it on its page; the first one names id and resolver."""
        above = [b for b in of_kind("toml") if b.page == block.page and b.line < block.line]
        return above[0].text + (above[-1].text if len(above) > 1 else "") if above else of_kind("toml")[0].text

    def test_mail_is_delivered_and_stamped(self):
        for number, block in enumerate(of_kind("main.cf")):
            with self.subTest(str(block)):
                self.deliver(block, f"pasted{number}", 30 + number)

    def deliver(self, block, name, host):
        folder = self.socket_folder(name)
        settings = self.settings_before(block).replace("127.0.0.1:53", "%s:%d" % self.world.resolver)
        # A private queue: the place of the default socket moves with it.
        if "socket =" not in settings:
            settings += f'\n[milter]\nsocket = "unix:{folder}/alignd.sock"\n'
        config = folder.parents[1] / "alignd.toml"
        config.write_text(settings)
        log = self.workspace.folder("log") / f"alignd-{name}.log"
        daemon = self.workspace.start(f"alignd-{name}", [alignd.program(), "--config", config])
        daemon.wait_ready(lambda: "listens on" in log.read_text(), "its milter socket")
        postfix = Postfix(self.workspace, DOMAIN, [], (self.workspace.address(host), 25), name=name, pasted=block.text)
        recipient = self.recipient()
        smtp.deliver(postfix.server, letter("Bank <service@bank.example>"), "service@bank.example", recipient,
                     "mail.bank.example", "192.0.2.10")
        value = postfix.mailbox.wait_one(recipient).values("Authentication-Results")[0]
        self.assertEqual(results.read(value)[0], "mx.example.org")
        self.assertEqual(results.words(value)["spf"], "pass", value)
        # message_reject_characters, as it stands, is about a NUL and nothing else.
        with self.assertRaises(smtp.Refused):
            smtp.deliver(postfix.server, letter("a@bank.example", body="x\0y\n"), "a@bank.example", self.recipient(),
                         "mail.bank.example", "192.0.2.10")
        postfix.stop()
        daemon.stop()
        wait_until(lambda: not daemon.running(), "alignd to end")


if __name__ == "__main__":
    main()
