"""A real systemd that boots from this machine's own /usr, with alignd installed over it, in a container.

Nothing of the machine is changed: /usr is the lower layer of an overlay, all the rest is a fresh folder. The
container shares the laboratory's loopback.
"""
import os
import shutil
import subprocess
from pathlib import Path

from .debian import Unavailable
from .workspace import LabError, wait_until

# The overlay stands in a mount namespace of its own, and is gone with the container however that ends.
_BOOT = 'mount -t overlay overlay -o "lowerdir=$1" "$2/usr" && shift 2 && exec "$@"'


def _run(argv, **kw):
    return subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **kw)


class Container:
    """`build`: a build tree; what `cmake --install` puts on a machine is in the container.

    `configure`: called with the folder that the container has as its root and the layer over its /usr, before it
    boots. Boots to multi-user.target with nothing enabled.
    """

    def __init__(self, workspace, build, configure):
        if shutil.which("systemd-nspawn") is None or not Path("/usr/lib/systemd/systemd").exists():
            raise Unavailable("systemd-nspawn (Debian: systemd-container) is not installed")
        self.workspace = workspace
        self.root, self.layer = workspace.folder("machine"), workspace.folder("layer")
        self._lay(build)
        configure(self.root, self.layer)
        # Newer systemds want control groups of version 2, whatever the machine has.
        env = {**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        self.process = workspace.start("systemd", [
            "unshare", "--mount", "--propagation", "private", "sh", "-c", _BOOT, "boot",
            f"{self.layer}/usr:/usr", self.root, "systemd-nspawn", "--quiet", "--boot", "--register=no", "--keep-unit",
            f"--machine=alignd-{os.getpid()}", "--console=pipe", f"--directory={self.root}", "systemd.unit=multi-user.target"],
            env=env)
        try:
            self.process.wait_ready(self._leader, "systemd", 30)
            self.process.wait_ready(self._booted, "multi-user.target", 90)
        except LabError as error:
            raise Unavailable(f"systemd does not boot in a container here: {error}") from None

    def _lay(self, build):
        installed = _run(["cmake", "--install", build], env={**os.environ, "DESTDIR": str(self.layer)})
        if installed.returncode != 0:
            raise LabError(f"cmake --install:\n{installed.stdout[-2000:]}")
        for folder in ("bin", "sbin", "lib", "lib64"):
            (self.root / folder).symlink_to(f"usr/{folder}")
        for folder in ("usr", "etc", "proc", "sys", "dev", "run", "tmp", "var"):
            (self.root / folder).mkdir()
        if (self.layer / "etc").exists():
            shutil.copytree(self.layer / "etc", self.root / "etc", dirs_exist_ok=True)
        # A machine that has an id does not boot for the first time: presets enable nothing.
        (self.root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")

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

    def property(self, unit, name):
        return self.check("systemctl", "show", "--value", f"--property={name}", unit)

    def wait_property(self, unit, name, value, seconds=20.0):
        wait_until(lambda: self.property(unit, name) == value, f"{name}={value} of {unit}", seconds)
