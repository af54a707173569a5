#!/usr/bin/python3
"""Reloads and log rotation under load: no message is lost, deferred or stamped otherwise, and no verdict line is lost."""
import gzip
import json
import os
import shutil
import sys
import threading
import time
import unittest
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import results, smtp  # noqa: E402
from lab.mailbox import Message  # noqa: E402
from lab.testing import DOMAIN, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402
from machine import UNIT, OnAMachine  # noqa: E402

SECONDS = float(os.environ.get("ALIGND_LOAD_SECONDS", "60"))
LOGS = "/var/log/alignd"
VERDICTS = f'verdicts = "{LOGS}/verdicts.jsonl"'
BANK = "Bank <service@bank.example>"


class Sender(threading.Thread):
    """Sends until told to stop, over one connection after the other; every second message is a forgery."""

    def __init__(self, test, number):
        super().__init__(name=f"sender-{number}")
        self.test, self.number = test, number
        self.sent = {}  # by queue id: (recipient, what dmarc has to be)
        self.trouble = None
        self.stop = threading.Event()

    def run(self):
        try:
            while not self.stop.is_set():
                self._session()
        except Exception as error:  # told by the test, in its own thread
            self.trouble = error

    def _session(self):
        honest = self.test.world.keys["bank-rsa"].sign(letter(BANK), "s1", "bank.example")
        forged = letter(BANK, ["Authentication-Results: mx.receiver.example; dmarc=pass header.from=bank.example"])
        for client, helo, message, dmarc in (("192.0.2.10", "mail.bank.example", honest, "pass"),
                                             ("198.51.100.66", "crook.example", forged, "fail")):
            with smtp.Connection(self.test.postfix.server, helo) as connection:
                connection.xclient(ADDR=client, NAME=helo, HELO=helo)
                for _ in range(10):
                    recipient = f"load-{self.number}-{len(self.sent)}@{DOMAIN}"
                    answer = connection.deliver("service@bank.example", recipient, message)
                    self.sent[answer.split()[-1]] = (recipient, dmarc)


class UnderLoad(OnAMachine):
    def setUp(self):
        if shutil.which("logrotate") is None:
            raise unittest.SkipTest("logrotate is not installed")
        self.write_settings(VERDICTS)
        self.container.check("systemctl", "start", UNIT)

    def logrotate(self):
        rules = next(p for p in (*self.container.root.glob("etc/logrotate.d/alignd"),
                                 *self.container.layer.rglob("logrotate.d/alignd")))
        base = self.container.root if rules.is_relative_to(self.container.root) else self.container.layer
        return self.container.check("logrotate", "--force", "--state", "/run/logrotate", f"/{rules.relative_to(base)}")

    def lines(self):
        """All verdict lines, of the file and of what it was rotated to."""
        for path in (self.container.root / LOGS.lstrip("/")).iterdir():
            with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as log:
                for line in log:
                    yield json.loads(line)

    def delivered(self):
        """What is in the mailbox, by recipient."""
        found = {}
        for path in self.postfix.mailbox.folder.glob("*"):
            message = Message(path.read_bytes())
            found.setdefault(message.values("Delivered-To")[0], []).append(message)
        return found

    def test_reload_and_rotation(self):
        senders = [Sender(self, number) for number in range(4)]
        for sender in senders:
            sender.start()
        pid = self.container.property(UNIT, "MainPID")
        done = Counter()
        end, round_ = time.monotonic() + SECONDS, 0
        while time.monotonic() < end and all(sender.is_alive() for sender in senders):
            round_ += 1
            # What is stamped does not depend on these; every fourth file has an error, and is not taken over.
            self.write_settings(f"{VERDICTS}\n{'levle' if round_ % 4 == 0 else 'level'} = \"{('info', 'warning')[round_ % 2]}\"")
            status, _ = self.container.run("systemctl", "reload", UNIT)
            self.assertEqual(status != 0, round_ % 4 == 0)
            done["refused" if status else "reloads"] += 1
            if round_ % 10 == 5:
                self.logrotate()
                done["rotations"] += 1
            time.sleep(0.3)
        for sender in senders:
            sender.stop.set()
        for sender in senders:
            sender.join(60)
            self.assertIsNone(sender.trouble)
        sent = {queue_id: what for sender in senders for queue_id, what in sender.sent.items()}
        done["messages"] = len(sent)
        print(f"{dict(done)} in {SECONDS:.0f} s", file=sys.stderr)
        self.assertEqual(self.container.property(UNIT, "MainPID"), pid, "the same process all the time")
        self.assertGreater(min(done["reloads"], done["refused"], done["rotations"]), 0)

        wait_until(lambda: len(self.delivered()) >= len(sent), "all of the mail", 60)
        mailbox = self.delivered()
        for recipient, dmarc in sent.values():
            self.assertEqual(len(mailbox[recipient]), 1, recipient)
            message = mailbox[recipient][0]
            ours = self.our_fields(message)
            self.assertEqual(len(ours), 1, message.raw[:2000])
            self.assertEqual(results.words(ours[0])["dmarc"], dmarc, ours[0])
        self.container.check("systemctl", "stop", UNIT)
        lines = Counter((line["queue_id"], line["dmarc"]["result"]) for line in self.lines() if line["queue_id"] in sent)
        self.assertEqual(lines, Counter((queue_id, dmarc) for queue_id, (_, dmarc) in sent.items()))


if __name__ == "__main__":
    main()
