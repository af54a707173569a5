"""SMTP transactions, timed. Raw sockets: the client must not be what is measured."""
import socket
import threading
import time


class Client:
    """One SMTP connection."""

    def __init__(self, server):
        self.socket = socket.create_connection(server, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expect(220)
        self._command(b"EHLO client.example\r\n", 250)

    def _expect(self, code):
        answer = b""
        while not answer.endswith(b"\r\n") or answer.splitlines()[-1][3:4] == b"-":
            got = self.socket.recv(4096)
            if not got:
                raise ConnectionError(f"Postfix closed the connection: {answer!r}")
            answer += got
        if int(answer[:3]) != code:
            raise ConnectionError(answer.decode(errors="replace"))

    def _command(self, line, code):
        self.socket.sendall(line)
        self._expect(code)

    def deliver(self, sender, recipients, content):
        """`content` ends with the line that has the dot alone."""
        self._command(b"MAIL FROM:<%s>\r\n" % sender, 250)
        for recipient in recipients:
            self._command(b"RCPT TO:<%s>\r\n" % recipient, 250)
        self._command(b"DATA\r\n", 354)
        self._command(content, 250)

    def quit(self):
        self._command(b"QUIT\r\n", 221)
        self.socket.close()


def dotted(message):
    """`message` (CRLF) as it goes behind DATA."""
    return message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def one_after_the_other(server, shape, count):
    """The times in seconds of `count` transactions: from connecting to the answer to QUIT; with several messages a
    connection, from MAIL to the answer to the final dot, without the first one."""
    times = []
    while len(times) < count:
        start = time.perf_counter()
        client = Client(server)
        for number in range(shape.messages):
            if shape.messages > 1:
                start = time.perf_counter()
            client.deliver(shape.sender, shape.recipients, shape.content)
            if number > 0:
                times.append(time.perf_counter() - start)
        client.quit()
        if shape.messages == 1:
            times.append(time.perf_counter() - start)
    return times


def at_once(server, shape, connections, seconds):
    """Connections that do the same, all at once, for a while: (times, messages a second)."""
    times, troubles = [], []
    began = time.perf_counter()

    def run():
        try:
            while time.perf_counter() - began < seconds:
                times.extend(one_after_the_other(server, shape, 1))
        except OSError as error:
            troubles.append(error)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return times, len(times) / (time.perf_counter() - began)
