"""Delivered mail, read back byte for byte."""
import re

from .workspace import LabError, wait_until


class Message:
    """A message as it lies in the mailbox (LF line ends): `fields` are (name, raw value with its folds)."""

    def __init__(self, raw):
        self.raw = raw
        head, _, self.body = raw.partition(b"\n\n")
        lines = re.sub(rb"\n(?=[ \t])", b"\0", head).split(b"\n")
        self.fields = []
        for line in lines:
            name, _, value = line.replace(b"\0", b"\n").partition(b":")
            self.fields.append((name.decode("latin-1"), value))

    def values(self, name):
        """The values of all fields of that name, unfolded, top first."""
        return [re.sub(rb"\n(?=[ \t])", b"", value).strip().decode("utf-8", "replace")
                for key, value in self.fields if key.lower() == name.lower()]

    def raw_values(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def position(self, name):
        """Where the first field of that name stands, from 0; None if absent."""
        return next((i for i, (key, _) in enumerate(self.fields) if key.lower() == name.lower()), None)


class Maildir:
    """A folder of one file a message. `added`: fields that the delivery agent puts on top, skipped on reading."""

    def __init__(self, folder, added=()):
        self.folder, self.added = folder, tuple(a.lower() for a in added)

    def _paths(self):
        return [p for p in self.folder.glob("*") if p.is_file()] if self.folder.is_dir() else []

    def clear(self):
        for path in self._paths():
            path.unlink()

    def count(self):
        return len(self._paths())

    def all_messages(self):
        """Every message, oldest first, without what the delivery agent put on top; `recipient` is from there."""
        for path in sorted(self._paths(), key=lambda p: p.stat().st_mtime_ns):
            message = Message(path.read_bytes())
            added = 0
            while added < len(message.fields) and message.fields[added][0].lower() in self.added:
                added += 1
            top, message.fields = message.fields[:added], message.fields[added:]
            message.recipient = next((value.strip().decode() for name, value in top if name.lower() == "delivered-to"), "")
            yield message

    def messages(self, recipient):
        """All messages to that recipient (by the delivery agent's Delivered-To), oldest first."""
        found = []
        for path in sorted(self._paths(), key=lambda p: p.stat().st_mtime_ns):
            message = Message(path.read_bytes())
            if recipient in message.values("Delivered-To"):
                while message.fields and message.fields[0][0].lower() in self.added:
                    message.fields.pop(0)
                found.append(message)
        return found

    def wait(self, recipient, count=1, seconds=40.0):
        """The messages to `recipient` once there are `count`; LabError if they do not come."""
        wait_until(lambda: len(self.messages(recipient)) >= count, f"mail to {recipient}", seconds)
        found = self.messages(recipient)
        if len(found) != count:
            raise LabError(f"{len(found)} messages to {recipient} instead of {count}")
        return found

    def wait_one(self, recipient, seconds=40.0):
        return self.wait(recipient, 1, seconds)[0]
