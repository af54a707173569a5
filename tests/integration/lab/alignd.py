"""alignd, run as an operator runs it: a settings file, the foreground, one verdict line a message."""
import json
import os
import re
import signal
from pathlib import Path

from .workspace import LabError, accepts, wait_until

AUTHSERV_ID = "mx.receiver.example"


def program():
    """The daemon under test: $ALIGND_PROGRAM, or the release build."""
    given = os.environ.get("ALIGND_PROGRAM")
    path = Path(given) if given else Path(__file__).resolve().parents[3] / "build/release/milter/alignd"
    if not path.exists():
        raise LabError(f"{path} is not built")
    return path


class Alignd:
    """`dns`: (address, port) of the resolver. `settings`: more TOML, one string a section: {"policy": 'mode = "x"'}.
    `under`: a command that runs it (prlimit, unshare ...), `environment`: what is added to ours.

    Listens at `server`, or with `unix` at a socket in its folder; `postfix_milter` and `sendmail_milter` name it in each
    MTA's way.
    """

    def __init__(self, workspace, dns, settings=None, name="alignd", host=91, unix=False, under=(),
                 environment=None):
        self.workspace, self.name = workspace, name
        self.under, self.environment = [str(word) for word in under], {**os.environ, **(environment or {})}
        self.server = (workspace.address(host), 8891)
        self.folder = workspace.folder(name)
        self.unix_socket = self.folder / "socket" if unix else None
        self.verdict_file = self.folder / "verdicts.jsonl"
        self.config = self.folder / "alignd.toml"
        self.write_settings(dns, settings)
        self.start()

    def write_settings(self, dns, settings=None):
        sections = {
            "milter": f'socket = "{self.sendmail_milter}"\nsocket_mode = "0666"',
            "authentication_results": f'authserv_id = "{AUTHSERV_ID}"',
            "dns": f'servers = ["{dns[0]}:{dns[1]}"]',
            "log": f'verdicts = "{self.verdict_file}"',
            # The laboratory's clients are on loopback, which is trusted by default: here they are strangers.
            "trust": "loopback = false",
        }
        if "verdicts =" in (settings or {}).get("log", ""):
            del sections["log"]
        for section, more in (settings or {}).items():
            sections[section] = "\n".join(filter(None, [sections.get(section), more]))
        self.config.write_text("".join(f"[{section}]\n{text}\n\n" for section, text in sections.items()))

    @property
    def postfix_milter(self):
        return f"unix:{self.unix_socket}" if self.unix_socket else f"inet:{self.server[0]}:{self.server[1]}"

    @property
    def sendmail_milter(self):
        return f"unix:{self.unix_socket}" if self.unix_socket else f"inet:{self.server[1]}@{self.server[0]}"

    def start(self):
        self.process = self.workspace.start(self.name, [*self.under, program(), "--config", self.config], env=self.environment)
        self.process.wait_ready(lambda: accepts(self.unix_socket or self.server), "its milter socket")

    def stop(self, seconds=30.0):
        status = self.process.stop(seconds)
        if status != 0:
            raise LabError(f"alignd ended with status {status}\n{self.process.tail()}")

    def kill(self):
        """SIGKILL: no word of farewell."""
        self.process.child.kill()
        self.process.child.wait()

    def reload(self):
        """SIGHUP, and what came of it: True when the settings were taken over."""
        before = self.log().count("read anew"), self.log().count("old settings stay")
        self.process.child.send_signal(signal.SIGHUP)
        self.process.wait_ready(lambda: (self.log().count("read anew"), self.log().count("old settings stay")) != before, "its reload")
        return self.log().count("read anew") > before[0]

    def log(self):
        """What it said about itself so far."""
        return self.process.log.read_text(errors="replace")

    def verdicts(self):
        """All verdict lines so far, as objects; `line` in each is the line itself."""
        if not self.verdict_file.exists():
            return []
        lines = self.verdict_file.read_text().split("\n")[:-1]  # a line being written has no end yet
        return [{**json.loads(line), "line": line} for line in lines]

    def said_of(self, queue_id):
        """What it made of that message, in words, by all verdict files of its folder."""
        for file in sorted(self.folder.glob(f"{self.verdict_file.name}*")):
            for line in file.read_text(errors="replace").splitlines():
                if f'"queue_id":"{queue_id}"' in line:
                    said = re.search(r'"action":("[^"]*")', line)  # what a killed process was writing is no JSON
                    return f"alignd: {said[1] if said else line[:300]}"
        return "alignd: no verdict line"

    def verdict(self, queue_id, seconds=20.0):
        """The verdict line of that message."""
        return wait_until(lambda: next((v for v in self.verdicts() if v["queue_id"] == queue_id), None),
                          f"the verdict line of {queue_id}", seconds)
