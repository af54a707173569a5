"""Who judges: alignd at its milter socket, and others as programs that are asked by lines."""
import base64
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/integration"))
sys.dont_write_bytecode = True

from lab import results  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.milter import Milter, content, envelope, packet, results_of, strings  # noqa: E402

from zone import NameServer, Zone  # noqa: E402


class Judge:
    """alignd, with a zone of its own to ask. `chance`: cuts bodies into chunks with it."""

    def __init__(self, workspace, chance, settings=None):
        self.zone, self.chance = Zone(), chance
        self.server = NameServer(self.zone, workspace.address(3))
        self.alignd = Alignd(workspace, self.server.where, settings, unix=True)
        self.lines = open(self.alignd.verdict_file, encoding="utf-8")
        self.client = None
        self.connect()

    def connect(self, address="192.0.2.10", helo="mail.bank.example"):
        """What is judged from here on comes from there."""
        if self.client:
            self.client.close()
        self.client = Milter(self.alignd.unix_socket).negotiate()
        family = b"\0" + (b"6" if ":" in address else b"4")
        self.client.play([packet("C", strings(helo)[:-1] + family + b"\0\x19" + strings(address)), packet("H", strings(helo))])

    def __call__(self, message, **path):
        """(the words of the field, the verdict line)."""
        self.client.play(envelope(**path))
        self.client.play(self._chunks(content(message)))
        _, inserted = self.client.end()
        return results.words(results_of(inserted)[0].decode("utf-8", "replace")), json.loads(self.lines.readline())

    def forget(self):
        """A new daemon: what the zone said before is not remembered."""
        self.client.close()
        self.alignd.stop()
        self.alignd.start()
        self.client = None

    def _chunks(self, events):
        """A body in pieces, mostly cut where it hurts: between the octets of a line end or a run of blanks."""
        for event in events:
            body = event[5:]
            if chr(event[4]) != "B" or len(body) < 2 or self.chance.random() < 0.5:
                yield event
                continue
            places = [i for i in range(1, len(body)) if body[i - 1] in b"\r\n \t"] or [1]
            cuts = sorted({self.chance.choice(places) for _ in range(self.chance.randrange(1, 5))})
            for start, end in zip([0] + cuts, cuts + [len(body)]):
                yield packet("B", body[start:end])

    def close(self):
        self.client.close()
        self.lines.close()
        self.alignd.stop()
        self.server.close()


class Peer:
    """A Perl program of this folder. It reads a line and writes one, `= ` before its answer; a line `? NAME TYPE` before that is
    a question to DNS, and answered with JSON: [rcode, [[owner, type, value]]]."""

    def __init__(self, program, zone=None):
        self.zone = zone
        self.child = subprocess.Popen(["perl", HERE / program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, given):
        """`given`: octets, which go as base64, or what goes as JSON."""
        self._write(base64.b64encode(given) if isinstance(given, bytes) else json.dumps(given).encode())
        while True:
            line = self.child.stdout.readline().decode("utf-8", "replace").rstrip("\n")
            if not line:
                raise RuntimeError("the peer is gone")
            if line.startswith("= "):
                return line[2:]
            if line.startswith("? "):
                name, _, kind = line[2:].rpartition(" ")
                code, records = self.zone.look_up(name, kind)
                self._write(json.dumps([code, [[o, k, v.decode("latin-1") if isinstance(v, bytes) else v]
                                               for o, k, v in records]]).encode())

    def _write(self, octets):
        self.child.stdin.write(octets + b"\n")
        self.child.stdin.flush()

    def close(self):
        self.child.stdin.close()
        self.child.wait()


class Disagreements:
    """By who disagrees and what a kind is. `known`: kinds with a row in README.md, [(who, words for it, the test of a
    disagreement)]; of those the first that fits is counted. The shortest few of all others are kept."""

    KEPT = 2

    def __init__(self, known):
        self.known, self.explained, self.kinds = known, {}, {}

    def add(self, who, kind, what, example, facts):
        """`facts`: what the tests of known kinds look at; `both` in it: the other peer says the same."""
        for its, words, test in self.known:
            if its in (who, "any") and test(facts):
                entry = self.explained.setdefault((who, words), [0, 0, example])
                entry[0] += 1
                entry[1] += facts.get("both", False)
                if facts.get("both") or len(repr(example)) < len(repr(entry[2])):
                    entry[2] = example
                return
        entry = self.kinds.setdefault((who, kind, what), [0, []])
        entry[0] += 1
        entry[1] = sorted([*entry[1], example], key=lambda e: len(repr(e)))[:self.KEPT]

    def show(self, examples):
        """`examples`: one of each known kind too."""
        for (who, words), (count, both, example) in sorted(self.explained.items(), key=lambda item: -item[1][0]):
            print(f"{count:6} {who}: {words}" + (f" (both peers: {both})" if both else ""))
            if examples:
                print(f"         {example!r}")
        print(f"{sum(count for count, _ in self.kinds.values())} of {len(self.kinds)} kinds that README.md does not explain")
        for (who, kind, what), (count, kept) in sorted(self.kinds.items(), key=lambda item: -item[1][0]):
            print(f"{count:6} {who} | {kind} | {what}")
            for example in kept:
                print(f"         {example!r}")
