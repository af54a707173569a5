"""A resolver in front of the real one, which can be made to misbehave at any moment."""
import heapq
import itertools
import random
import selectors
import socket
import struct
import threading
import time

MODES = ("well", "dead", "silent", "slow", "servfail", "refused", "garbage", "strangers", "flapping", "no tcp")


class FaultyDns:
    """Listens on port 53 of `address` and passes on to `upstream`. `mode` is one of MODES:

    dead: nobody listens; silent: nothing is answered; slow: each answer comes 300 ms late; servfail, refused: that is the
    answer; garbage: noise instead of packets; strangers: answers to other questions and of other ids, never the true one;
    flapping: dead and well by turns, each for 300 ms; no tcp: everything is cut off over UDP, and nobody listens on TCP.
    """

    def __init__(self, address, upstream):
        self.address, self.upstream = (address, 53), upstream
        self.wanted, self.mode = "well", None
        self.questions = 0
        self.random = random.Random(1)
        self.waiting, self.late, self.order = {}, [], itertools.count()
        self.udp = self.tcp = None
        self.up = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.up, selectors.EVENT_READ, self._from_upstream)
        self.stopping = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self.become("well")

    def become(self, mode):
        """Gives when it holds."""
        assert mode in MODES, mode
        with self.changed:
            self.wanted = mode
            self.changed.wait_for(lambda: self.mode == mode, 10)

    def close(self):
        self.stopping = True
        self.thread.join()
        self._listen(False, False)
        self.up.close()

    def _run(self):
        while not self.stopping:
            self._take_mode()
            for key, _ in self.selector.select(0.01):
                key.data()
            while self.late and self.late[0][0] <= time.monotonic():
                _, _, client, reply = heapq.heappop(self.late)
                self._answer(client, reply)

    def _take_mode(self):
        mode = self.wanted
        if mode == "flapping":
            self._listen(*[time.monotonic() % 0.6 < 0.3] * 2)
        elif mode != self.mode:
            self._listen(mode != "dead", mode not in ("dead", "no tcp"))
        if mode != self.mode:
            with self.changed:
                self.mode = mode
                self.changed.notify_all()

    def _listen(self, udp, tcp):
        if udp != (self.udp is not None):
            self.udp = self._change(self.udp, socket.SOCK_DGRAM, self._from_client)
        if tcp != (self.tcp is not None):
            self.tcp = self._change(self.tcp, socket.SOCK_STREAM, self._accept)

    def _change(self, old, kind, on_ready):
        if old is not None:
            self.selector.unregister(old)
            old.close()
            return None
        made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(self.address)
        if kind == socket.SOCK_STREAM:
            made.listen(100)
        self.selector.register(made, selectors.EVENT_READ, on_ready)
        return made

    def _answer(self, client, reply):
        if self.udp is not None:
            self.udp.sendto(reply, client)

    def _from_client(self):
        question, client = self.udp.recvfrom(4096)
        if len(question) < 12:
            return
        self.questions += 1
        code = {"servfail": 2, "refused": 5}.get(self.mode)
        if code is not None:
            self._answer(client, self._empty(question, code))
        elif self.mode == "no tcp":
            self._answer(client, self._empty(question, 0, truncated=True))
        elif self.mode == "garbage":
            self._answer(client, question[:2] + b"\x81\x80" + self.random.randbytes(self.random.randrange(60)))
        elif self.mode == "strangers":
            self._answer(client, struct.pack(">H", (struct.unpack(">H", question[:2])[0] + 1) & 0xFFFF) + self._empty(question, 3)[2:])
            other = b"y" if question[13:14] in (b"x", b"X") else b"x"  # never the name that was asked for
            self._answer(client, self._empty(question[:13] + other + question[14:], 3))
        elif self.mode != "silent":
            number = next(self.order) & 0xFFFF
            self.waiting[number] = (client, question[:2])
            self.up.sendto(struct.pack(">H", number) + question[2:], self.upstream)

    def _from_upstream(self):
        reply = self.up.recv(65535)
        client, own = self.waiting.pop(struct.unpack(">H", reply[:2])[0], (None, b""))
        if client is None:
            return
        delay = 0.3 if self.mode == "slow" else 0
        heapq.heappush(self.late, (time.monotonic() + delay, next(self.order), client, own + reply[2:]))

    @staticmethod
    def _empty(question, code, truncated=False):
        """The question, answered with a code and nothing else."""
        flags = 0x8180 | code | (0x0200 if truncated else 0)
        end = 12
        while end < len(question) and question[end]:
            end += question[end] + 1
        return question[:2] + struct.pack(">HHHHH", flags, 1, 0, 0, 0) + question[12:end + 5]

    def _accept(self):
        connection, _ = self.tcp.accept()
        threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, connection):
        """TCP, question by question, in a thread of its own; cut off when it is a fault's turn."""
        with connection:
            connection.settimeout(5)
            while self.mode in ("well", "slow", "flapping"):
                try:
                    head = connection.recv(2, socket.MSG_WAITALL)
                    if len(head) < 2:
                        return
                    question = connection.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                    with socket.create_connection(self.upstream, timeout=5) as up:
                        up.sendall(head + question)
                        size = up.recv(2, socket.MSG_WAITALL)
                        connection.sendall(size + up.recv(struct.unpack(">H", size)[0], socket.MSG_WAITALL))
                except (OSError, struct.error):
                    return
