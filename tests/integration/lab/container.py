"""A real systemd in a container: booted from this machine's own /usr with alignd installed over it (Container), or from
a fresh Debian (FreshDebian).

Nothing of the machine is changed: what is there is the lower layer of an overlay.
"""
import contextlib
import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from .debian import Unavailable
from .workspace import LabError, wait_until

# The overlay stands in a mount namespace of its own, and is gone with the container however that ends.
_BOOT = 'mount -t overlay overlay -o "$1" "$2" && shift 2 && exec "$@"'
_CLONE_NEWNET = 0x40000000
# A machine that has an id does not boot for the first time: presets enable nothing.
_MACHINE_ID = "0123456789abcdef0123456789abcdef\n"


def _run(argv, **kw):
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **kw)


class Booted:
    """Commands in a container that runs systemd, from `root`. What it starts is ended with the workspace."""

    def __init__(self, workspace):
        if shutil.which("systemd-nspawn") is None or not Path("/usr/lib/systemd/systemd").exists():
            raise Unavailable("systemd-nspawn (Debian: systemd-container) is not installed")
        self.workspace = workspace
        self.root, self.layer = workspace.folder("machine"), workspace.folder("layer")

    def boot(self, overlay, where, *options):
        """With an overlay of those mount options at `where`; to multi-user.target."""
        # Newer systemds want control groups of version 2, whatever the machine has.
        env = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self.process = self.workspace.start("systemd", [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "boot", overlay, where, "systemd-nspawn",
            "--quiet", "--boot", "--register=no", "--keep-unit", f"--machine=alignd-{os.getpid()}", "--console=pipe",
            f"--directory={self.root}", *options, "systemd.unit=multi-user.target"], env=env)
        try:
            self.process.wait_ready(self._leader, "systemd", 30)
            self.process.wait_ready(self._booted, "multi-user.target", 90)
        except LabError as error:
            raise Unavailable(f"systemd does not boot in a container here: {error}") from None

    def _leader(self):
        """The pid of the container's systemd, once there is one."""
        pid = self.process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return next((child for child in children if Path(f"/proc/{child}/comm").read_text().strip() == "systemd"), None)
        except OSError:
            return None

    def _booted(self):
        return self.run("systemctl", "is-active", "multi-user.target")[1] == "active"

    def run(self, *argv):
        """Runs a command in the container; gives (exit status, its output without the last line end)."""
        leader = self._leader()
        if leader is None:
            raise LabError(f"the container is gone\n{self.process.tail()}")
        done = _run(["nsenter", "--target", leader, "--mount", "--uts", "--ipc", "--pid", "--cgroup", *argv])
        return done.returncode, done.stdout.rstrip("\n")

    def check(self, *argv):
        """The same; LabError unless the status is 0. Gives the output."""
        status, output = self.run(*argv)
        if status != 0:
            raise LabError(f"{' '.join(map(str, argv))}: status {status}\n{output}\n{self.process.tail()}")
        return output

    def seen_from_here(self, pid):
        """The same process by its number outside of the container."""
        inside = os.readlink(f"/proc/{self._leader()}/ns/pid")
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                numbers = next(line for line in (entry / "status").read_text().splitlines() if line.startswith("NSpid:")).split()
                if numbers[-1] == str(pid) and os.readlink(entry / "ns/pid") == inside:
                    return int(entry.name)
            except (OSError, StopIteration):  # it has just ended
                continue
        raise LabError(f"no process {pid} in the container")

    def path(self, inside):
        """A path of the container as seen from here, what it has mounted included."""
        return Path(f"/proc/{self._leader()}/root{inside}")

    def property(self, unit, name):
        return self.check("systemctl", "show", "--value", f"--property={name}", unit)

    def wait_property(self, unit, name, value, seconds=20.0):
        wait_until(lambda: self.property(unit, name) == value, f"{name}={value} of {unit}", seconds)


class Container(Booted):
    """`build`: a build tree; what `cmake --install` puts on a machine is in the container.

    `configure`: called with the folder that the container has as its root and the layer over its /usr, before it
    boots. Nothing is enabled. The container shares the laboratory's loopback. `installed`: the files, by their paths.
    """

    def __init__(self, workspace, build, configure):
        super().__init__(workspace)
        self._lay(build)
        configure(self.root, self.layer)
        self.boot(f"lowerdir={self.layer}/usr:/usr", self.root / "usr")

    def _lay(self, build):
        installed = _run(["cmake", "--install", build], env={**os.environ, "DESTDIR": str(self.layer)})
        if installed.returncode != 0:
            raise LabError(f"cmake --install:\n{installed.stdout[-2000:]}")
        self.installed = {f"/{path.relative_to(self.layer)}" for path in self.layer.rglob("*") if path.is_file()}
        for folder in ("bin", "sbin", "lib", "lib64"):
            (self.root / folder).symlink_to(f"usr/{folder}")
        for folder in ("usr", "etc", "proc", "sys", "dev", "run", "tmp", "var"):
            (self.root / folder).mkdir()
        if (self.layer / "etc").exists():
            shutil.copytree(self.layer / "etc", self.root / "etc", dirs_exist_ok=True)
        (self.root / "etc/machine-id").write_text(_MACHINE_ID)


class FreshDebian(Booted):
    """`base`: a folder with a small Debian (debian/build makes one). It has a network of its own, with loopback alone: all
    ports are free there. Commands of `run` see this machine's network, so that apt works.
    """

    def __init__(self, workspace, base, hostname):
        super().__init__(workspace)
        work = workspace.folder("overlay-work")
        (self.layer / "etc").mkdir()
        (self.layer / "etc/machine-id").write_text(_MACHINE_ID)
        (self.layer / "etc/hostname").write_text(f"{hostname}\n")
        (self.layer / "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {hostname} {hostname.partition('.')[0]}\n")
        self.boot(f"lowerdir={base},upperdir={self.layer},workdir={work}", self.root, "--private-network",
                  f"--hostname={hostname}", "--resolv-conf=copy-host")

    @property
    def files(self):
        """Its root folder, as seen from here."""
        return Path(f"/proc/{self._leader()}/root")

    @contextlib.contextmanager
    def network(self):
        """What this thread opens or starts in here is on the container's network, and stays there."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as ours, open(f"/proc/{self._leader()}/ns/net") as theirs:
            if libc.setns(theirs.fileno(), _CLONE_NEWNET) != 0:
                raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")
            try:
                yield
            finally:
                libc.setns(ours.fileno(), _CLONE_NEWNET)
