"""Mail that must not be lost: a Postfix with a queue hands it to a second one, whose milter is under test; and the account
of what became of it."""
import itertools
import re
import smtplib
import threading
import time
from collections import Counter, defaultdict

from . import results, smtp
from .alignd import AUTHSERV_ID
from .postfix import Postfix
from .workspace import LabError, wait_until

DOMAIN = "receiver.example"
OURS = re.compile(rf'\s*"?{re.escape(AUTHSERV_ID)}(?![\w.-])', re.IGNORECASE)


def relay_of(workspace, host=27):
    """Where the front one connects from."""
    return workspace.address(host + 50)


class Relayed:
    """front (its queue tries again every second) -> inside, with `milter` and milter_default_action = tempfail.

    alignd has to list `relay_of(workspace)` in [trust] relays: it then sees the clients that the messages came from.
    `messages`: demo cases, or what has the same members; sent in turn, each to a recipient of its own. `inside`: another
    MTA than Postfix, with its `server`, `mailbox` and `whereabouts`. `said_of`: what the milter made of the message that the
    inside one knows by a queue id.
    """

    def __init__(self, workspace, messages, milter=None, host=27, inside=None, said_of=lambda queue_id: ""):
        self.relay, self.said_of = relay_of(workspace, host), said_of
        server = (workspace.address(host), 25)
        if inside is None:
            patience = {f"milter_{step}_timeout": "10s" for step in ("connect", "command", "content")}
            inside = Postfix(workspace, DOMAIN, [milter], (workspace.address(host + 1), 25), patience, f"inside-{host}")
        self.inside, self.mailbox = inside, inside.mailbox
        address = inside.server
        self.front = Postfix(workspace, DOMAIN, [], server, {
            "myhostname": f"front.{DOMAIN}", "virtual_mailbox_domains": "", "relay_domains": DOMAIN,
            "relay_recipient_maps": "", "relay_transport": f"smtp:[{address[0]}]:{address[1]}", "smtp_bind_address": self.relay,
            "notify_classes": "", "transport_retry_time": "1s", "initial_destination_concurrency": "20",
            # A host that fails is tried again with the next message, not set aside.
            "smtp_destination_concurrency_failed_cohort_limit": "100000",
            "smtp_destination_concurrency_negative_feedback": "0"}, f"front-{host}")
        self.cases = messages
        self.numbers = itertools.count(1)
        self.forget()

    def _send(self, connection_of, case):
        recipient = f"{case.name}-{next(self.numbers)}@{DOMAIN}"
        connection_of(case).deliver(case.sender, recipient, case.message)
        self.expected[recipient] = case

    def send(self, count):
        """That many messages, one after the other."""
        for number in range(count):
            case = self.cases[number % len(self.cases)]
            with smtp.Connection(self.front.server, case.helo) as connection:
                connection.xclient(ADDR=case.client, NAME=case.helo, HELO=case.helo)
                self._send(lambda _, c=connection: c, case)

    def send_once(self):
        """Each message once, one after the other; those that an MTA does not take are sent no more."""
        taken = []
        for case in self.cases:
            try:
                with smtp.Connection(self.front.server, case.helo) as connection:
                    connection.xclient(ADDR=case.client, NAME=case.helo, HELO=case.helo)
                    self._send(lambda _, c=connection: c, case)
                    taken.append(case)
            except (smtp.Refused, smtplib.SMTPException, UnicodeError, ValueError):
                continue
        self.cases = taken

    def flow(self, threads=4, pause=0.05):
        """A context in which messages are sent without end; more than one thread, `pause` between a thread's messages."""
        return _Flow(self, threads, pause)

    def delivered(self):
        """The delivered messages by recipient."""
        found = defaultdict(list)
        for message in self.mailbox.all_messages():
            found[message.recipient].append(message)
        return found

    def forget(self):
        """Begins a new account; what is in the queue still is in none, and goes: it would be counted as what is sent next."""
        if getattr(self, "expected", None) and self.backlog() > 0:
            self.front.empty_queue()
        self.others = {*getattr(self, "others", ()), *getattr(self, "expected", ())}
        self.expected, self.troubles = {}, []
        self.mailbox.clear()
        self.seen = {what: len(self.front.log_lines(f"status={what}")) for what in ("deferred", "bounced")}

    def deferrals(self):
        return self._since("deferred")

    def _since(self, what):
        return len(self.front.log_lines(f"status={what}")) - self.seen[what]

    def backlog(self):
        return len(self.expected) - self.mailbox.count() - self._since("bounced")

    def settle(self, seconds=150):
        """Waits until nothing is in the queue any more: sent = delivered + rejected. LabError when nothing moves for so long."""
        before, moved = None, time.monotonic()
        while (left := self.backlog()) > 0:
            if left != before:
                before, moved = left, time.monotonic()
            elif time.monotonic() - moved > seconds:
                here = self.delivered()
                missing = [r for r in self.expected if r not in here]
                raise LabError(f"{left} of {len(self.expected)} messages do not come:\n"
                               + "\n".join(f"{recipient}: {self.whereabouts(recipient)}" for recipient in missing[:10]))
            time.sleep(0.2)

    def whereabouts(self, recipient):
        """Where a message is that did not come as it should, or who gave it up and why, as far as the MTAs tell."""
        handed_on = []
        for line in self.front.log_lines(rf"to=<{re.escape(recipient)}>.* status="):
            said = line[line.index("status="):]
            taken = re.match(r"status=sent \(250 2\.0\.0 (?:Ok: queued as )?(\w+)", said)
            handed_on.append(f"{self.inside.whereabouts(taken[1], recipient)}; {self.said_of(taken[1])}" if taken else f"front: {said}")
        return " | ".join(handed_on[-3:]) or "the front Postfix has not tried to hand it on"

    def settle_alone(self, seconds=180):
        """The same after send_once(), but some the inner MTA may never take, with or without a milter."""
        before = -1
        end = time.monotonic() + seconds
        while before < self.mailbox.count() < len(self.expected) and time.monotonic() < end:
            before = self.mailbox.count()
            time.sleep(8)

    def words(self):
        """What was said of each message: {case name: {method: word}}, those that were delivered once and stamped once."""
        said = {}
        for recipient, found in self.delivered().items():
            ours = [value for message in found for value in self._ours(message)]
            if recipient in self.expected and len(found) == len(ours) == 1:
                said[self.expected[recipient].name] = results.words(ours[0])
        return said

    def account(self, also=()):
        """Counts of all that was sent; LabError for each message that is lost, doubled, unstamped, stamped twice, or has
        another verdict than it has alone. `also`: words that are as good, such as temperror."""
        delivered, faults, words = self.delivered(), list(self.troubles), Counter()
        for recipient, case in sorted(self.expected.items()):
            found = delivered.pop(recipient, [])
            if len(found) != 1:
                faults.append(f"{recipient}: delivered {len(found)} times: {self.whereabouts(recipient)}")
            for message in found:
                faults += self._faults_of(recipient, message, case, also)
                words.update(results.words(v).get("dmarc") for v in self._ours(message))
        faults += [f"{recipient}: never sent" for recipient in delivered if recipient not in self.others]
        if faults:
            raise LabError(f"{len(faults)} of {len(self.expected)} messages:\n" + "\n".join(faults[:20]))
        return {"sent": len(self.expected), "delivered": len(self.expected), "dmarc": dict(words),
                "deferrals": self._since("deferred"), "rejected": self._since("bounced")}

    @staticmethod
    def _ours(message):
        return [v for v in message.values("Authentication-Results") if OURS.match(results.without_comments(v))]

    def _faults_of(self, recipient, message, case, also):
        ours = self._ours(message)
        if len(ours) != 1 or message.fields[0][0] != "Authentication-Results":
            yield f"{recipient}: {len(ours)} fields of ours, {message.fields[0][0]} on top"
            return
        said = results.words(ours[0])
        for method in ("spf", "dkim", "dmarc"):
            wanted, got = case.expect.get(method), said.get(method)
            if isinstance(wanted, list) and len(wanted) != len(got or ()):
                yield f"{recipient}: {method} {got} instead of {wanted}"
            pairs = zip(wanted, got or ()) if isinstance(wanted, list) else [(wanted, got)]
            for want, word in pairs:
                if word != want and word not in also:
                    yield f"{recipient}: {method}={word} instead of {want}"


class _Flow:
    def __init__(self, relayed, threads, pause):
        self.relayed, self.pause = relayed, pause
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(threads)]

    def __enter__(self):
        self.before = len(self.relayed.expected)
        for thread in self.threads:
            thread.start()
        return self

    def sent(self, count, seconds=60):
        """Waits for that many more messages."""
        goal = len(self.relayed.expected) + count
        wait_until(lambda: len(self.relayed.expected) >= goal or self.relayed.troubles, f"{count} messages more", seconds)

    def through(self, count, seconds=60):
        """Waits until that many more are delivered."""
        goal = self.relayed.mailbox.count() + count
        wait_until(lambda: self.relayed.mailbox.count() >= goal or self.relayed.troubles, f"{count} messages more in the mailbox", seconds)

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join(120)

    def _run(self, number):
        """A connection a client, as XCLIENT holds for the connection."""
        connections = {}

        def connection_of(case):
            if case.client not in connections:
                connection = smtp.Connection(self.relayed.front.server, case.helo)
                connection.xclient(ADDR=case.client, NAME=case.helo, HELO=case.helo)
                connections[case.client] = connection
            return connections[case.client]

        turn = itertools.cycle(self.relayed.cases[number:] + self.relayed.cases[:number])
        try:
            for number in itertools.count(1):
                if self.ended.is_set():
                    break
                self.relayed._send(connection_of, next(turn))
                time.sleep(self.pause)
                # No faster than the inner one takes it, in the long run.
                while number % 100 == 0 and self.relayed.backlog() > 400 and not self.ended.wait(0.5):
                    pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the account has to show it
            self.relayed.troubles.append(f"sender: {error!r}")
        finally:
            for connection in connections.values():
                connection.close()
