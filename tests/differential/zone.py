"""A zone in memory, and a name server of one thread that answers from it: the same for alignd and for its peers."""
import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
UDP_SIZE = 1232  # of an answer; a larger one is truncated, and served by TCP
WORST_CHAIN = 12


class Zone:
    """Names (lower case, without final dot) with their records: {type: [value]}. "*" as the first label is a wildcard, the
    type "FAIL" makes a name, and an alias to itself a chain, answer SERVFAIL. Values: text (A, AAAA, CNAME, PTR), bytes (TXT),
    (preference, name) (MX)."""

    def __init__(self):
        self.names = {}
        self.parents = set()

    def clear(self):
        self.names, self.parents = {}, set()

    def add(self, name, kind, value=None):
        name = name.lower().rstrip(".")
        self.names.setdefault(name, {}).setdefault(kind, []).append(value)
        while "." in name:
            name = name.partition(".")[2]
            self.parents.add(name)

    def look_up(self, name, kind):
        """(rcode, [(owner, type, value)]), aliases followed."""
        records = []
        name = name.lower().removesuffix(".")
        if len(name) > 253 or not all(0 < len(label) < 64 for label in name.split(".")):
            return NXDOMAIN, records  # no name
        for _ in range(WORST_CHAIN):
            found = self._at(name)
            if found is None:
                return NXDOMAIN, records
            if "FAIL" in found:
                return SERVFAIL, []
            if kind in found or "CNAME" not in found:
                return NOERROR, records + [(name, kind, value) for value in found.get(kind, [])]
            records.append((name, "CNAME", found["CNAME"][0]))
            name = found["CNAME"][0].lower().rstrip(".")
        return SERVFAIL, []

    def for_dkimpy(self, name, timeout=5):
        """The dnsfunc of dkimpy: a name in octets, the text of its first TXT record or None."""
        import dkim  # by those alone who play against it

        code, records = self.look_up(name.decode("latin-1"), "TXT")
        if code == SERVFAIL:
            raise dkim.DnsTimeoutError("SERVFAIL")
        return next((value for _, kind, value in records if kind == "TXT"), None)

    def _at(self, name):
        if name in self.names:
            return self.names[name]
        if name in self.parents:
            return {}
        while "." in name:  # the closest encloser alone has a wildcard that counts (RFC 4592 section 3.3.1)
            name = name.partition(".")[2]
            if name in self.names or name in self.parents:
                return self.names.get("*." + name)
        return None


def octets_of_name(name):
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in name.split(".") if label) + b"\0"


def octets_of_value(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "MX":
        return struct.pack(">H", value[0]) + octets_of_name(value[1])
    if kind == "TXT":
        parts = [value[i:i + 255] for i in range(0, len(value), 255)] or [b""]
        return b"".join(bytes([len(part)]) + part for part in parts)
    return octets_of_name(value)


class NameServer:
    """Answers on UDP and TCP at `address` (with a free port) until close()."""

    def __init__(self, zone, address):
        self.zone = zone
        self.tcp = socket.create_server((address, 0))
        self.where = self.tcp.getsockname()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(self.where)
        threading.Thread(target=self._datagrams, daemon=True).start()
        threading.Thread(target=self._connections, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def _datagrams(self):
        while True:
            try:
                question, client = self.udp.recvfrom(4096)
                self.udp.sendto(self._answer(question, UDP_SIZE), client)
            except OSError:
                return

    def _connections(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    while head := connection.recv(2, socket.MSG_WAITALL):
                        reply = self._answer(connection.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL), 65535)
                        connection.sendall(struct.pack(">H", len(reply)) + reply)
                except OSError:
                    pass

    def _answer(self, question, size):
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1:at + 1 + length].decode("latin-1"))
            at += length + 1
        number = struct.unpack(">H", question[at + 1:at + 3])[0]
        kind = next((name for name, its in TYPES.items() if its == number), "OTHER")
        # A dot inside a label is no label's end: no name of a zone has one.
        dotted = any("." in label for label in labels)
        code, records = (NXDOMAIN, []) if dotted else self.zone.look_up(".".join(labels), kind)
        body = b""
        for owner, its, value in records:
            data = octets_of_value(its, value)
            body += octets_of_name(owner) + struct.pack(">HHIH", TYPES[its], 1, 300, len(data)) + data
        asked = question[12:at + 5]
        flags = 0x8180 | code
        if 12 + len(asked) + len(body) > size:
            flags, records, body = flags | 0x200, [], b""
        return question[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + asked + body
