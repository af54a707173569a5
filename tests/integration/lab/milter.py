"""The MTA's side of the milter protocol, octet by octet: what no MTA would do can be done as well."""
import socket
import struct

VERSION, ACTIONS, STEPS = 6, 0x1FF, 0x1FFFFF
NOT_ANSWERED = {"C": 1 << 12, "H": 1 << 13, "M": 1 << 14, "R": 1 << 15, "T": 1 << 16, "L": 1 << 7, "N": 1 << 18, "B": 1 << 19}
NOT_WANTED = {"T": 1 << 9}
FINAL = "acrtdySi4"  # an answer, not an edit


class Closed(Exception):
    """The milter closed the connection."""


def packet(command, payload=b""):
    return struct.pack(">I", len(payload) + 1) + command.encode() + payload


def strings(*values):
    return b"".join(v.encode("utf-8", "surrogateescape") + b"\0" for v in values)


def negotiation(version=VERSION, actions=ACTIONS, steps=STEPS):
    return packet("O", struct.pack(">III", version, actions, steps))


def opening(address="192.0.2.10", helo="mail.bank.example"):
    """The events of a connection before its first message."""
    return [packet("C", strings(helo)[:-1] + b"\0" + b"4" + struct.pack(">H", 25) + strings(address)), packet("H", strings(helo))]


def envelope(sender="service@bank.example", recipient="someone@receiver.example"):
    return [packet("D", b"M" + strings("i", "4Queue", "{mail_addr}", sender)), packet("M", strings(f"<{sender}>")),
            packet("R", strings(f"<{recipient}>")), packet("T")]


def content(message):
    """The events of `message` (bytes with CRLF), its end not among them."""
    head, _, body = message.partition(b"\r\n\r\n")
    events = []
    for line in head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n"):
        name, _, value = line.partition(b":")
        events.append(packet("L", name + b"\0" + value + b"\0"))
    events.append(packet("N"))
    return events + [packet("B", body[i:i + 65535]) for i in range(0, len(body), 65535)]


END = packet("E")


class Milter:
    """One connection. `where`: (address, port), or the path of a unix socket."""

    def __init__(self, where, timeout=60):
        self.socket = socket.socket(socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(where if isinstance(where, tuple) else str(where))
        self.steps = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def receive(self):
        """(command, payload) of the next packet."""
        length = struct.unpack(">I", self._exactly(4))[0]
        data = self._exactly(length)
        return data[:1].decode("latin-1"), data[1:]

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            try:
                got = self.socket.recv(count - len(data))
            except ConnectionError:
                got = b""
            if not got:
                raise Closed
            data += got
        return data

    def negotiate(self, **offer):
        self.send(negotiation(**offer))
        return self.agree()

    def agree(self):
        """Reads what was agreed on; the offer has been sent."""
        command, payload = self.receive()
        if command != "O":
            raise Closed
        self.steps = struct.unpack(">III", payload[:12])[2]  # behind it: lists of macros
        return self

    def play(self, events):
        """Sends events, and reads the answer of each that has one. Gives the answers."""
        answers = ""
        for event in events:
            kind = chr(event[4])
            if kind in NOT_WANTED and self.steps & NOT_WANTED[kind]:
                continue
            self.send(event)
            if kind in NOT_ANSWERED and not self.steps & NOT_ANSWERED[kind]:
                answers += self.receive()[0]
        return answers

    def finish(self):
        """What comes after the end of message: (the answer, the values of fields that were inserted)."""
        inserted = []
        while True:
            command, payload = self.receive()
            if command == "i":
                inserted.append(tuple(payload[4:].split(b"\0")[:2]))
            elif command in FINAL:
                return command, inserted

    def end(self):
        self.send(END)
        return self.finish()

    def message(self, message, **path):
        """A whole message behind what has been negotiated and opened; as finish()."""
        self.play([*envelope(**path), *content(message)])
        return self.end()


def results_of(inserted):
    return [value for name, value in inserted if name == b"Authentication-Results"]
