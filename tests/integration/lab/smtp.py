"""Handing messages to an MTA by SMTP, optionally as another client by XCLIENT."""
import smtplib


class Refused(Exception):
    """The MTA said no at end of message: its code and text."""

    def __init__(self, code, text):
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


class Connection(smtplib.SMTP):
    """One SMTP connection. `source`: the loopback address to come from."""

    def __init__(self, server, helo, source=None, timeout=60):
        super().__init__(local_hostname=helo, timeout=timeout, source_address=(source, 0) if source else None)
        self.connect(*server)
        self.ehlo()

    def xclient(self, **attributes):
        """Postfix's XCLIENT: ADDR, NAME, HELO ... ; the session starts again as that client."""
        address = attributes.get("ADDR", "")
        if ":" in address:
            attributes["ADDR"] = f"IPV6:{address}"
        code, text = self.docmd("XCLIENT", " ".join(f"{k}={v}" for k, v in attributes.items()))
        if code != 220:
            raise Refused(code, text.decode(errors="replace"))
        self.ehlo_resp = self.helo_resp = None
        self.ehlo()

    def deliver(self, sender, recipients, message, smtputf8=False):
        """One transaction; `message` is bytes with CRLF. Gives the server's final answer, or raises Refused."""
        if isinstance(recipients, str):
            recipients = [recipients]
        options = ["SMTPUTF8", "BODY=8BITMIME"] if smtputf8 else []
        if smtputf8:
            self.command_encoding = "utf-8"
        steps = [lambda: self.mail(sender, options), *(lambda to=r: self.rcpt(to) for r in recipients),
                 lambda: self.data(message)]
        for step in steps:
            code, text = step()
            if code // 100 != 2:
                raise Refused(code, text.decode(errors="replace"))
        return f"{code} {text.decode(errors='replace')}"

    def data(self, msg):
        try:
            return super().data(msg)
        except smtplib.SMTPDataError as error:
            return error.smtp_code, error.smtp_error


def deliver(server, message, sender, recipients, helo="client.example", client=None, source=None, smtputf8=False):
    """A connection for one message. `client`: the address to claim by XCLIENT."""
    with Connection(server, helo, source) as connection:
        if client:
            connection.xclient(ADDR=client, NAME=helo, HELO=helo)
        return connection.deliver(sender, recipients, message, smtputf8)
