"""The private folder of a laboratory, and the processes that live in it."""
import ctypes
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """Something of the laboratory itself did not work; the text says what and where its log is."""


def wait_until(condition, what, seconds=20.0):
    """Polls `condition` until it gives something true, and gives that; LabError after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise LabError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.02)


def accepts(address, port=None):
    """True when something accepts connections there: an address and a port, both as a pair, or the path of a socket."""
    where = address if port is None else (address, port)
    family, where = (socket.AF_INET, where) if isinstance(where, tuple) else (socket.AF_UNIX, str(where))
    with socket.socket(family) as probe:
        probe.settimeout(1)
        try:
            probe.connect(where)
            return True
        except OSError:
            return False


def _end_with_parent():
    # A laboratory whose driver was killed leaves nothing running behind.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One child in the foreground, its output in a log file; ended by its own pid, never by name."""

    def __init__(self, name, argv, log, env=None, cwd=None):
        self.name, self.log = name, log
        with open(log, "ab") as out:
            self.child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=env, cwd=cwd, start_new_session=True, preexec_fn=_end_with_parent)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def wait_ready(self, condition, what, seconds=20.0):
        """Waits for `condition`, but not for a process that has already ended."""
        def check():
            if not self.running():
                raise LabError(f"{self.name} ended with status {self.child.returncode}:\n{self.tail()}")
            return condition()
        try:
            wait_until(check, what, seconds)
        except LabError as error:
            raise LabError(f"{self.name}: {error}\n{self.tail()}") from None

    def tail(self, lines=25):
        text = Path(self.log).read_text(errors="replace") if Path(self.log).exists() else ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])

    def stop(self, seconds=15.0):
        """SIGTERM and wait; gives the exit status. SIGKILL after `seconds`, which is an error."""
        if self.running():
            self.child.terminate()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise LabError(f"{self.name} did not stop within {seconds:.0f} s of SIGTERM\n{self.tail()}") from None


class Workspace:
    """A private folder, a block of loopback addresses of its own, and the processes started in it."""

    def __init__(self, name):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that close() runs then too
        # Short, as paths of unix sockets must stay below 108 octets.
        self.path = Path(tempfile.mkdtemp(prefix=f"alignd-{name}-"))
        self.path.chmod(0o711)  # the mail users must reach sockets and mailboxes below
        self.block = self._free_block()
        self.processes = []

    @staticmethod
    def _free_block():
        """The first three octets of a /24 of loopback on whose port 53 nothing listens."""
        for _ in range(50):
            block = f"127.{random.randint(64, 127)}.{random.randint(1, 254)}"
            try:
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind((f"{block}.1", 53))
                return block
            except PermissionError:
                raise LabError("name servers on port 53 of loopback addresses need root") from None
            except OSError:
                continue
        raise LabError("port 53 is taken on every loopback address: a resolver listens on 0.0.0.0:53.\n"
                       "Let it listen on its own addresses only, for instance 127.0.0.1 (for unbound: `interface:`).")

    def address(self, host):
        """The loopback address with that last octet in this workspace's block."""
        return f"{self.block}.{host}"

    def folder(self, name, mode=0o755):
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
        return path

    def start(self, name, argv, env=None, cwd=None):
        process = Process(name, argv, self.folder("log") / f"{name}.log", env, cwd)
        self.processes.append(process)
        return process

    def close(self, keep=False):
        """Stops what was started, last first, and removes the folder."""
        troubles = []
        for process in reversed(self.processes):
            try:
                process.stop()
            except LabError as error:
                troubles.append(str(error))
        self.processes.clear()
        self._keep_lines()
        if not keep:
            shutil.rmtree(self.path, ignore_errors=True)
        if troubles:
            raise LabError("\n".join(troubles))

    def _keep_lines(self):
        """Leaves the verdict lines to the test of their schema (tests/lines)."""
        folder = os.environ.get("ALIGND_LINES")
        for file in sorted(self.path.rglob("verdicts.jsonl*")) if folder else ():
            # What a killed daemon was writing has no end.
            whole = file.read_bytes().rpartition(b"\n")[0] + b"\n"
            name = "-".join(file.relative_to(self.path).parts)
            (Path(folder) / f"{self.path.name}-{name.replace('.', '_')}.jsonl").write_bytes(whole)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close(keep=bool(os.environ.get("ALIGND_LAB_KEEP")))
