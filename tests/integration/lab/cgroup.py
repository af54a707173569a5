"""A control group with limits of the kernel's, as systemd gives one to a unit: MemoryMax, TasksMax."""
import os
from pathlib import Path

from .debian import Unavailable

_ROOT = Path("/sys/fs/cgroup")
_LIMITS = {"memory": ("memory.limit_in_bytes", "memory.max"), "pids": ("pids.max", "pids.max")}


class ControlGroup:
    """`controller`: "memory" (octets) or "pids" (threads); in hierarchies of either version. Unavailable where none can be made."""

    def __init__(self, controller, limit):
        older, newer = _LIMITS[controller]
        name = f"alignd-{controller}-{os.getpid()}"
        first = (_ROOT / controller).is_dir()
        self.folder = (_ROOT / controller if first else _ROOT) / name
        try:
            if not first:
                (_ROOT / "cgroup.subtree_control").write_text(f"+{controller}")
            self.folder.mkdir()
            (self.folder / (older if first else newer)).write_text(str(limit))
            if not first and controller == "memory":
                (self.folder / "memory.swap.max").write_text("0")
        except OSError as error:
            self.close()
            raise Unavailable(f"no control group can be made here: {error}") from None

    @property
    def under(self):
        """The words before a command that make it a member."""
        return ["sh", "-ec", 'echo $$ > "$1"; shift; exec "$@"', "sh", self.folder / "cgroup.procs"]

    def add(self, pid):
        """Makes a process that runs a member, with all its threads; what memory it has already does not count."""
        (self.folder / "cgroup.procs").write_text(str(pid))

    def refused(self):
        """How often a thread was wanted over the limit (pids)."""
        return int(dict(line.split() for line in (self.folder / "pids.events").read_text().splitlines())["max"])

    def close(self):
        """Its members must have ended."""
        if self.folder.is_dir():
            self.folder.rmdir()
