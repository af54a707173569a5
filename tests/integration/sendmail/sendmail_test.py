#!/usr/bin/python3
"""Mail through a real Sendmail, and the same message through Postfix: the same Authentication-Results."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.sendmail import Sendmail  # noqa: E402
from lab.testing import DOMAIN, LabTest, forgeries_and_foreign, letter, main, shapes  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

LOOP = "Loop <me@loop.example>"
CLIENT = "127.0.0.77"  # Sendmail has no XCLIENT: the test's own address counts
RELAY = "127.0.0.78"


class Both(LabTest):
    @classmethod
    def begin(cls):
        cls.alignd = Alignd(cls.workspace, cls.world.resolver, {"trust": f'relays = ["{RELAY}"]'})
        cls.sendmail = Sendmail(cls.workspace, DOMAIN, cls.alignd.sendmail_milter)
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter])

    @classmethod
    def tearDownClass(cls):
        try:
            cls.alignd.stop()
        finally:
            super().tearDownClass()

    def through(self, mta, message, sender="me@loop.example", helo="loop.example", source=CLIENT):
        recipient = self.recipient()
        smtp.deliver(mta.server, message, sender, recipient, helo, source=source)
        return mta.mailbox.wait_one(recipient)

    def signed(self, message, canonicalization="relaxed/relaxed", fields=None):
        return self.world.keys["loop"].sign(message, "s1", "loop.example", canonicalization, fields)

    def test_the_same_message_gets_the_same_results(self):
        bank = "Bank <service@bank.example>"
        messages = {
            "pass": (self.signed(letter(LOOP)), {"spf": "pass", "dkim": ["pass"], "dmarc": "pass"}),
            "simple": (self.signed(letter(LOOP, ["X-Fold: a\r\n\t b\r\n  c"]), "simple/simple",
                                   [b"from", b"x-fold", b"subject"]), {"dkim": ["pass"], "dmarc": "pass"}),
            "broken": (self.signed(letter(LOOP)).replace(b"Hello", b"Hallo"), {"dkim": ["fail"], "dmarc": "pass"}),
            "unaligned": (self.signed(letter(bank)), {"spf": "pass", "dkim": ["pass"], "dmarc": "fail"}),
            "unsigned": (letter(bank), {"dkim": ["none"], "dmarc": "fail"}),
            "two authors": (letter(bank, [f"From: {LOOP}"]), {"dmarc": "permerror"}),
        }
        for name, (message, expected) in messages.items():
            with self.subTest(name):
                by_sendmail, by_postfix = (self.through(mta, message) for mta in (self.sendmail, self.postfix))
                self.assertEqual(self.check_words(by_sendmail, **expected), self.check_words(by_postfix, **expected))

    def test_the_receiving_mta_does_not_show_its_own_received(self):
        # Ten Received are read behind a relay: one more on top, and the one that names the client is out of reach.
        hops = ["Received: from localhost (localhost [127.0.0.1]) by relay.example; today"] * 9
        client = "Received: from x (x [203.0.113.66]) by relay.example; today"
        for mta in (self.sendmail, self.postfix):
            message = self.through(mta, letter(LOOP, [*hops, client]), source=RELAY)
            self.check_words(message, spf="fail", dmarc="fail")
            verdict = self.alignd.verdicts()[-1]
            self.assertEqual((verdict["client"], verdict["relay"]), ("203.0.113.66", RELAY))

    def test_a_field_larger_than_sendmail_hands_to_a_milter(self):
        """451 is Sendmail's own word: it writes no packet over 65,535 octets, and offers no larger ones. alignd sees none of it."""
        for octets, refused in ((60_000, False), (70_000, True)):
            message = letter(LOOP, ["X-Long: " + "\r\n ".join(["x" * 900] * (octets // 903))])
            self.check_words(self.through(self.postfix, message), spf="pass", dmarc="pass")
            before = len(self.alignd.verdicts())
            if not refused:
                self.check_words(self.through(self.sendmail, message), spf="pass", dmarc="pass")
                continue
            with self.assertRaisesRegex(smtp.Refused, "^451 "):
                self.through(self.sendmail, message)
            self.assertRegex(self.sendmail.milter_log.read_text(errors="replace"),
                             r"milter_write\(alignd\): length \d+ out of range.* cmd=L")
            self.assertEqual(len(self.alignd.verdicts()), before)
        usual = Sendmail(self.workspace, DOMAIN, self.alignd.sendmail_milter, 32 << 10, "usual", 28)
        with self.assertRaisesRegex(smtp.Refused, "^552 .*Headers too large"):
            self.through(usual, letter(LOOP, ["X-Long: " + "\r\n ".join(["x" * 900] * 40)]))

    def test_null_path(self):
        for mta in (self.sendmail, self.postfix):
            message = self.through(mta, letter(LOOP), sender="")
            self.assertIn("smtp.helo=loop.example", self.check_words(message, spf="pass", dmarc="pass"))

    def test_200_forged_fields_go_and_200_foreign_ones_stay(self):
        lines, kept = forgeries_and_foreign(200)
        message = self.through(self.sendmail, self.signed(letter(LOOP, lines)))
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        self.assertNotIn(b"forged", message.raw)
        foreign = [name.encode() + b":" + value for name, value in message.fields
                   if name.lower().endswith("authentication-results")][1:]
        self.assertEqual(foreign, kept)

    def test_a_long_field(self):
        # Sendmail itself answers 451 when a packet to a milter would exceed 64 KiB.
        long_field = "X-Long: " + "\r\n ".join("y" * 500 for _ in range(128))
        message = self.through(self.sendmail, self.signed(letter(LOOP, [long_field]), fields=[b"from", b"x-long"]))
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        self.assertGreater(len(message.raw_values("X-Long")[0]), 64_000)

    def test_every_shape_on_one_connection(self):
        # From the second connection on, Sendmail gets no answer over TCP but the last: see milter/answers.h.
        for _ in range(2):
            with smtp.Connection(self.sendmail.server, "loop.example", CLIENT) as connection:
                for name, message in shapes(LOOP):
                    with self.subTest(name):
                        recipients = [self.recipient() for _ in range(2)]
                        connection.deliver("me@loop.example", recipients, self.signed(message))
                        for recipient in recipients:
                            self.check_words(self.sendmail.mailbox.wait_one(recipient), spf="pass", dkim=["pass"], dmarc="pass")

    def test_several_messages_on_one_connection(self):
        recipients = [self.recipient() for _ in range(3)]
        with smtp.Connection(self.sendmail.server, "loop.example", CLIENT) as connection:
            connection.deliver("me@loop.example", recipients[0], self.signed(letter(LOOP)))
            connection.mail("me@loop.example")
            connection.rset()
            connection.deliver("x@crook.example", recipients[1], letter(LOOP))
            connection.deliver("me@loop.example", recipients[2], letter(LOOP))
        first, second, third = (self.sendmail.mailbox.wait_one(r) for r in recipients)
        self.check_words(first, spf="pass", dkim=["pass"], dmarc="pass")
        self.check_words(second, spf="fail", dkim=["none"], dmarc="fail")
        self.check_words(third, spf="pass", dkim=["none"], dmarc="pass")

    def test_each_message_leaves_a_trace(self):
        """What the soak's account rests on: the laboratory knows where a message is that Sendmail took and that does not come."""
        def send(sender):
            recipient = self.recipient()
            answer = smtp.deliver(self.sendmail.server, letter(LOOP), sender, recipient, source=CLIENT)
            return re.match(r"250 2\.0\.0 (\w+) ", answer)[1], recipient

        def told(text, message):
            wait_until(lambda: re.search(text, self.sendmail.whereabouts(*message)), f"{text} of {message}")

        usual, deliver_by = self.sendmail.delivering, self.sendmail.deliver_by
        self.addCleanup(deliver_by, usual)
        for end, sender, text in (
                ("exit 75", "me@loop.example", "in Sendmail's queue as qf"), ("kill -9 $$", "", "in Sendmail's queue as qf"),
                ("exit 67", "me@loop.example", "returned by Sendmail: X-Unix; 67"), ("exit 1", "", "returned by Sendmail: X-Unix; 1")):
            with self.subTest(end):
                deliver_by(f'#!/bin/sh\n[ "$1" = new ] && {end}\n{usual}')
                message = send(sender)
                told(text, message)
                if "queue" in text:
                    deliver_by(usual)
                    self.sendmail.mailbox.wait_one(message[1])
                    told("ended with 0, the file is there$", message)
        # A name that is taken stays with its message; the next one comes under another.
        deliver_by(usual.replace("name=$2.$$", "name=same"))
        first = send("")
        self.sendmail.mailbox.wait_one(first[1])
        second = send("")
        told("delivery as same ended with [1-9]", second)
        deliver_by(usual)
        for _, recipient in (first, second):
            self.sendmail.mailbox.wait_one(recipient)
        told("^lost: ", ("6AQKJ9rS024811", second[1]))


if __name__ == "__main__":
    main()
