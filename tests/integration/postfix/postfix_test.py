#!/usr/bin/python3
"""Mail by SMTP through a real Postfix with alignd as its milter, read back from a real Maildir."""
import subprocess
import sys
import threading
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab import results, smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.testing import DOMAIN, LabTest, SilentDns, forgeries_and_foreign, letter, main, shapes  # noqa: E402

BANK, BANK_CLIENT = "Bank <service@bank.example>", "192.0.2.10"
STRANGER = "203.0.113.99"


class Through(LabTest):
    """One Postfix, one alignd."""

    @classmethod
    def begin(cls):
        cls.alignd = Alignd(cls.workspace, cls.world.resolver)
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter],
                              settings={"non_smtpd_milters": cls.alignd.postfix_milter})

    @classmethod
    def tearDownClass(cls):
        try:
            cls.alignd.stop()
        finally:
            super().tearDownClass()

    def send(self, message, sender="service@bank.example", helo="mail.bank.example", client=BANK_CLIENT, **more):
        """Sends it and gives (the delivered message, its verdict line)."""
        recipient = self.recipient()
        answer = smtp.deliver(self.postfix.server, message, sender, recipient, helo, client, **more)
        return self.postfix.mailbox.wait_one(recipient), self.alignd.verdict(answer.split()[-1])

    def bank_signed(self, message, canonicalization="relaxed/relaxed"):
        return self.world.keys["bank-rsa"].sign(message, "s1", "bank.example", canonicalization)


class Verdicts(Through):
    def test_every_case_of_the_demo(self):
        for case in cases(self.world.keys):
            with self.subTest(case.name):
                message, verdict = self.send(case.message, case.sender, case.helo, case.client)
                value = self.check_words(message, **{method: word for method, word in case.expect.items() if method != "why"})
                self.assertEqual(verdict["why"], case.expect["why"])
                for forged in case.forged:
                    self.assertNotIn(forged, value)
                self.assertEqual(verdict["client"], case.client)
                self.assertEqual(verdict["dmarc"]["result"], case.expect["dmarc"])
                self.assertEqual(verdict["action"], "accept")  # stamping only is the default

    def test_the_field_names_what_was_checked(self):
        message, verdict = self.send(self.bank_signed(letter(BANK)))
        value = self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        by = {r.method: r.properties for r in results.read(value)[1]}
        self.assertEqual(by["spf"]["smtp.mailfrom"], "bank.example")
        self.assertEqual((by["dkim"]["header.d"], by["dkim"]["header.s"]), ("bank.example", "s1"))
        self.assertGreaterEqual(len(by["dkim"]["header.b"]), 8)
        self.assertEqual(by["dmarc"]["header.from"], "bank.example")
        self.assertEqual([r.method for r in results.read(value)[1]], ["spf", "dkim", "arc", "dmarc"])
        self.assertEqual(verdict["from"], "bank.example")
        self.assertEqual(verdict["dkim"][0]["bits"], 2048)

    def test_exact_bytes_reach_the_verifier(self):
        body = "Trailing blanks  \n\tTabs\n\n.dot\n..\n" + "x" * 900 + "\n\n\n"
        odd = letter(BANK, ["X-Odd:no space", "X-Fold: a\r\n\t b\r\n   c  ", "X-Empty:"], body, "Many   spaces  ")
        for canonicalization in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"):
            with self.subTest(canonicalization):
                signed = self.world.keys["bank-rsa"].sign(
                    odd, "s1", "bank.example", canonicalization,
                    [b"from", b"to", b"subject", b"x-odd", b"x-fold", b"x-empty", b"date"])
                self.check_words(self.send(signed)[0], dkim=["pass"], dmarc="pass")

    def test_ipv6_client_and_null_path(self):
        message, verdict = self.send(letter(BANK), client="2001:db8::10")
        self.check_words(message, spf="pass", dkim=["none"], dmarc="pass")
        self.assertEqual(verdict["client"], "2001:db8::10")
        message, _ = self.send(letter(BANK), sender="", helo="bank.example")
        value = self.check_words(message, spf="pass", dmarc="pass")
        self.assertEqual(results.read(value)[1][0].properties.get("smtp.helo"), "bank.example")

    def test_large_body_and_long_field(self):
        # Postfix cuts a field at about 60,000 octets when there are milters; Sendmail does not (see its test).
        long_field = "X-Long: " + "\r\n ".join("y" * 500 for _ in range(160))
        message, verdict = self.send(self.bank_signed(letter(BANK, [long_field], "line of text\n" * 400000)))
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        self.assertGreater(verdict["body_bytes"], 5_000_000)
        self.assertGreater(verdict["header_bytes"], 59_000)

    def test_every_shape_on_one_connection(self):
        # The lab's socket is TCP: what is answered there, and when, differs from unix sockets.
        with smtp.Connection(self.postfix.server, "mail.bank.example") as connection:
            connection.xclient(ADDR=BANK_CLIENT, NAME="mail.bank.example", HELO="mail.bank.example")
            for name, message in shapes(BANK):
                with self.subTest(name):
                    recipients = [self.recipient() for _ in range(3)]
                    connection.deliver("service@bank.example", recipients, self.bank_signed(message))
                    for recipient in recipients:
                        self.check_words(self.postfix.mailbox.wait_one(recipient), spf="pass", dkim=["pass"], dmarc="pass")

    def test_internationalized_mail(self):
        author = "B\u00fccher <l\u00e4den@b\u00fccher.example>"
        signed = self.world.keys["buecher"].sign(letter(author, subject="B\u00fccher"), "s1", "xn--bcher-kva.example")
        message, _ = self.send(signed, "l\u00e4den@b\u00fccher.example", "out.example", "192.0.2.20", smtputf8=True)
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")


class Cleaning(Through):
    def test_200_forged_fields_go_and_200_foreign_ones_stay(self):
        lines, kept = forgeries_and_foreign(200)
        signed = self.bank_signed(letter(BANK, lines))
        message, verdict = self.send(signed)
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")
        self.assertNotIn(b"forged", message.raw)
        self.assertEqual(verdict["removed_ar"], 200)
        foreign = [name.encode() + b":" + value for name, value in message.fields
                   if name.lower().endswith("authentication-results")][1:]
        self.assertEqual(foreign, kept)

    def test_signed_forgery_is_verified_before_it_is_removed(self):
        # A signature over our own field of an earlier hop verifies over the fields as they came.
        claimed = letter(BANK, ["Authentication-Results: mx.receiver.example; dkim=pass header.d=forged.example"])
        signed = self.world.keys["bank-rsa"].sign(claimed, "s1", "bank.example", "relaxed/relaxed",
                                                  [b"from", b"authentication-results"])
        message, _ = self.send(signed)
        self.check_words(message, dkim=["pass"], dmarc="pass")
        self.assertNotIn(b"forged", message.raw)

    def test_values_from_outside_cannot_break_out(self):
        hostile = [f'x;dmarc=pass header.from="bank.example"@{"crook.example"}', '"; dmarc=pass (x"@crook.example',
                   '"a\\"; dkim=pass header.d=bank.example"@crook.example']
        for sender in hostile:
            with self.subTest(sender):
                try:
                    message, _ = self.send(letter(BANK), sender, "crook.example", "203.0.113.66")
                except smtp.Refused:
                    continue  # Postfix itself did not take that address
                self.check_words(message, dkim=["none"], dmarc="fail")

    def test_authenticated_clients_are_stamped_not_evaluated(self):
        recipient = self.recipient()
        with smtp.Connection(self.postfix.server, "laptop") as connection:
            connection.xclient(ADDR=STRANGER, LOGIN="alice")
            answer = connection.deliver("service@bank.example", recipient, letter(
                BANK, ["Authentication-Results: mx.receiver.example; dmarc=pass header.from=forged.example"]))
        message = self.postfix.mailbox.wait_one(recipient)
        self.assertEqual(results.words(self.stamp(message)).get("auth"), "pass", message.raw[:600])
        self.assertNotIn("dmarc", results.words(self.stamp(message)))
        self.assertNotIn(b"forged", message.raw)
        self.assertEqual(self.alignd.verdict(answer.split()[-1])["exempt"], "authenticated")

    def test_local_submission(self):
        recipient = self.recipient()
        forged = letter("root@receiver.example", [
            "Authentication-Results: mx.receiver.example; dmarc=pass header.from=forged.example"])
        subprocess.run([self.postfix.programs.commands / "sendmail", "-i", "-f", "root@receiver.example", recipient],
                       input=forged.replace(b"\r\n", b"\n"), env=self.postfix.environment(), check=True, timeout=60)
        message = self.postfix.mailbox.wait_one(recipient)
        self.stamp(message)
        self.assertNotIn(b"forged", message.raw)


class Sessions(Through):
    def test_nothing_is_carried_over_between_messages(self):
        recipients = [self.recipient() for _ in range(3)]
        with smtp.Connection(self.postfix.server, "mail.bank.example") as connection:
            connection.xclient(ADDR=BANK_CLIENT)
            connection.deliver("service@bank.example", recipients[0], self.bank_signed(letter(BANK)))
            connection.deliver("x@crook.example", recipients[1], letter(BANK))
            connection.mail("service@bank.example")
            connection.rcpt(recipients[2])
            connection.rset()
            connection.deliver("service@bank.example", recipients[2], letter("a@bank.example"))
        first, second, third = (self.postfix.mailbox.wait_one(r) for r in recipients)
        self.check_words(first, spf="pass", dkim=["pass"], dmarc="pass")
        self.check_words(second, spf="fail", dkim=["none"], dmarc="fail")
        self.check_words(third, spf="pass", dkim=["none"], dmarc="pass")

    def test_connection_lost_in_the_middle(self):
        for step in range(4):
            connection = smtp.Connection(self.postfix.server, "mail.bank.example")
            connection.xclient(ADDR=BANK_CLIENT)
            if step > 0:
                connection.mail("service@bank.example")
            if step > 1:
                connection.rcpt(self.recipient())
            if step > 2:
                connection.docmd("DATA")
                connection.send(self.bank_signed(letter(BANK)))
            connection.close()
        message, _ = self.send(self.bank_signed(letter(BANK)))
        self.check_words(message, spf="pass", dkim=["pass"], dmarc="pass")

    def test_many_at_once(self):
        recipients, troubles = [self.recipient() for _ in range(40)], []

        def one(recipient):
            try:
                smtp.deliver(self.postfix.server, self.bank_signed(letter(BANK)), "service@bank.example", recipient,
                             "mail.bank.example", BANK_CLIENT)
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this test
                troubles.append(f"{recipient}: {error!r}")
        threads = [threading.Thread(target=one, args=(r,)) for r in recipients]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(troubles, [])
        for recipient in recipients:
            self.check_words(self.postfix.mailbox.wait_one(recipient), spf="pass", dkim=["pass"], dmarc="pass")


class BehindAnotherMta(LabTest):
    """A front Postfix with an alignd of its own takes the mail and hands it to a second Postfix by plain SMTP."""

    @classmethod
    def begin(cls):
        cls.relay = cls.workspace.address(78)
        cls.inside = (cls.workspace.address(28), 25)
        cls.border = Alignd(cls.workspace, cls.world.resolver, name="border", host=92)
        cls.front = cls.front_postfix([cls.border.postfix_milter], 27, "front")
        cls.alignd = Alignd(cls.workspace, cls.world.resolver, {"trust": f"""
            relays = ["{cls.relay}"]
            upstream_networks = ["{cls.relay}"]
            upstream_ids = ["mx.receiver.example"]
            upstream_methods = ["dkim", "dmarc"]"""})
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter], cls.inside, name="inside")

    @classmethod
    def front_postfix(cls, milters, host, name):
        return Postfix(cls.workspace, DOMAIN, milters, (cls.workspace.address(host), 25), {
            "myhostname": f"{name}.{DOMAIN}", "virtual_mailbox_domains": "", "relay_domains": DOMAIN,
            "relay_recipient_maps": "", "relay_transport": f"smtp:[{cls.inside[0]}]:25",
            "smtp_bind_address": cls.relay}, name)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.alignd.stop()
            cls.border.stop()
        finally:
            super().tearDownClass()

    def test_the_true_client_and_the_border_s_word(self):
        recipient = self.recipient()
        signed = self.world.keys["bank-rsa"].sign(letter(BANK, [
            "Received: from forged (forged [203.0.113.1]) by mx.receiver.example; today",
            "Authentication-Results: mx.receiver.example; dkim=pass header.d=forged.example"]), "s1", "bank.example")
        smtp.deliver(self.front.server, signed, "service@bank.example", recipient, "mail.bank.example", BANK_CLIENT)
        message = self.postfix.mailbox.wait_one(recipient)
        self.check_words(message, spf="pass", dkim=["pass"], arc="none", dmarc="pass")
        self.assertNotIn(b"forged.example", message.raw)
        verdict = self.alignd.verdicts()[-1]
        self.assertEqual((verdict["client"], verdict["relay"]), (BANK_CLIENT, self.relay))
        self.assertEqual(verdict["taken_over"], {"from": "mx.receiver.example", "methods": ["dkim", "dmarc"]})
        self.assertEqual(verdict["spf"]["mechanism"][:4], "ip4:")
        self.assertEqual(verdict["removed_ar"], 0)  # the border saw to it

    def test_what_the_border_did_not_stamp_is_evaluated_here(self):
        # The border is away, and its Postfix lets mail through: a forged field of its id is nobody's word.
        recipient = self.recipient()
        forged = letter(BANK, ["Authentication-Results: mx.receiver.example; dkim=none;"
                               " dmarc=pass policy.dmarc=reject header.from=bank.example"])
        open_front = self.front_postfix([], 29, "open-front")
        smtp.deliver(open_front.server, forged, "x@crook.example", recipient, "crook.example", STRANGER)
        message = self.postfix.mailbox.wait_one(recipient)
        self.check_words(message, spf="fail", dkim=["none"], dmarc="fail")
        verdict = self.alignd.verdicts()[-1]
        self.assertNotIn("taken_over", verdict)
        self.assertEqual((verdict["client"], verdict["removed_ar"]), (STRANGER, 1))


class Restart(Through):
    def test_mail_waits_while_alignd_is_away(self):
        self.alignd.stop()
        with self.assertRaises(smtp.Refused) as refused:
            self.send(letter(BANK))
        self.assertEqual(refused.exception.code // 100, 4)  # milter_default_action = tempfail
        self.alignd.start()
        self.check_words(self.send(self.bank_signed(letter(BANK)))[0], spf="pass", dkim=["pass"], dmarc="pass")


class DnsAway(LabTest):
    """The resolver never answers."""

    @classmethod
    def begin(cls):
        cls.silent = SilentDns(cls.workspace.address(53))

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.silent.close()

    def start(self, timeout, name, host):
        alignd = Alignd(self.workspace, self.silent.address, {"dns": f'timeout = "{timeout}s"'}, name, host)
        postfix = Postfix(self.workspace, DOMAIN, [alignd.postfix_milter], (self.workspace.address(host), 25),
                          name=f"postfix-{name}")
        return alignd, postfix

    def signed(self):
        return self.world.keys["bank-rsa"].sign(letter(BANK), "s1", "bank.example")

    def test_unreachable_dns_is_a_temporary_error_and_mail_goes_on(self):
        alignd, postfix = self.start(1, "away", 61)
        recipient = self.recipient()
        smtp.deliver(postfix.server, self.signed(), "service@bank.example", recipient, client=BANK_CLIENT)
        message = postfix.mailbox.wait_one(recipient)
        self.check_words(message, spf="temperror", dkim=["temperror"], dmarc="temperror")
        alignd.stop()

    def test_sigterm_loses_no_message_in_flight(self):
        alignd, postfix = self.start(15, "stopping", 62)
        recipients, outcome = [self.recipient() for _ in range(8)], {}

        def one(recipient):
            try:
                outcome[recipient] = smtp.deliver(postfix.server, self.signed(), "service@bank.example", recipient,
                                                  client=BANK_CLIENT)[:3]
            except smtp.Refused as refused:
                outcome[recipient] = str(refused.code)
        threads = [threading.Thread(target=one, args=(r,)) for r in recipients]
        for t in threads:
            t.start()
        postfix.process.wait_ready(lambda: len(postfix.log_lines("message-id=<")) >= len(recipients), "all in flight")
        alignd.stop(seconds=12)  # well before their DNS questions time out
        for t in threads:
            t.join()
        # Taken over means delivered and stamped; anything else was told to the sender as temporary.
        self.assertEqual(set(outcome), set(recipients))
        self.assertLessEqual({code[0] for code in outcome.values()}, {"2", "4"}, outcome)
        self.assertIn("250", outcome.values())
        for recipient in recipients:
            if outcome[recipient] == "250":
                self.check_words(postfix.mailbox.wait_one(recipient), dkim=["temperror"], dmarc="temperror")
            else:
                self.assertEqual(postfix.mailbox.messages(recipient), [])


del Through  # a base class, not a test
if __name__ == "__main__":
    main()
