"""A mail server for one test: STARTTLS, TLS from the start, AUTH PLAIN and LOGIN, each as told. It keeps what it was given."""
import base64
import socket
import ssl
import subprocess
import threading


def certificate(folder, address):
    """(certificate, key) of an authority of its own for that address, as files."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", str(key), "-out", str(cert), "-subj", "/CN=mail server of a test",
                    "-addext", f"subjectAltName=IP:{address}"], check=True, capture_output=True)
    return cert, key


class SmtpServer:
    """`users`: {name: password}; with them mail is taken after AUTH only. `sessions`: what each client said, in words."""

    def __init__(self, cert=None, starttls=True, tls=False, users=None):
        self.context = None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, cert))
        self.starttls, self.tls, self.users = starttls and not tls, tls, users or {}
        self.mails, self.sessions = [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            said = []
            self.sessions.append(said)
            self.open = [connection]
            try:
                connection.settimeout(30)
                self._session(connection, said)
            except OSError as error:
                said.append(f"({type(error).__name__})")
            finally:
                for one in reversed(self.open):
                    one.close()

    def _secured(self, connection):
        connection = self.context.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rwb")
        self.open += [connection, stream]
        return stream

    def _session(self, connection, said):
        secure = self.tls
        stream = self._secured(connection) if self.tls else connection.makefile("rwb")
        self.open.append(stream)

        def reply(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        def hear():
            line = stream.readline()
            if not line:
                raise ConnectionError
            return line.decode("latin-1").rstrip("\r\n")

        user, sender, recipient = None, None, None
        reply("220 test ESMTP")
        while True:
            line = hear()
            word = line.split(" ")[0].upper()
            said.append(("tls " if secure else "") + (line if word != "AUTH" else "AUTH"))
            if word == "EHLO":
                offers = ["250-test"]
                if self.starttls and not secure:
                    offers.append("250-STARTTLS")
                if self.users:
                    offers.append("250-AUTH PLAIN LOGIN")
                reply("\r\n".join(offers + ["250 8BITMIME"]))
            elif word == "STARTTLS":
                reply("220 go ahead")
                stream, secure = self._secured(connection), True
            elif word == "AUTH":
                user = self._authenticate(line, reply, hear)
                reply("235 welcome" if user else "535 5.7.8 wrong user or password")
            elif word == "MAIL":
                if self.users and not user:
                    reply("530 5.7.0 authentication required")
                    continue
                sender = line
                reply("250 ok")
            elif word == "RCPT":
                recipient = line
                reply("250 ok")
            elif word == "DATA":
                reply("354 go ahead")
                lines = []
                while (text := hear()) != ".":
                    lines.append(text)
                self.mails.append({"sender": sender, "recipient": recipient, "user": user, "secure": secure, "text": "\r\n".join(lines)})
                reply("250 taken")
            elif word == "QUIT":
                reply("221 bye")
                return
            else:
                reply("250 ok")

    def _authenticate(self, line, reply, hear):
        words = line.split(" ")
        if words[1].upper() == "PLAIN":
            if len(words) < 3:
                reply("334 ")
                words.append(hear())
            _, name, password = base64.b64decode(words[2]).decode().split("\0")
        else:
            reply("334 VXNlcm5hbWU6")
            name = base64.b64decode(hear()).decode()
            reply("334 UGFzc3dvcmQ6")
            password = base64.b64decode(hear()).decode()
        return name if self.users.get(name) == password else None
