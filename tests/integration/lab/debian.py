"""Debian packages unpacked into a private folder: the machine's own packages stay as they are.

Postfix, Sendmail and Exim exclude each other as installed packages, and replacing someone's mail server for a
test is out of the question. So what is not installed is fetched with apt-get download, unpacked with dpkg -x
below the cache folder, and run from there.
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

from .workspace import LabError


class Unavailable(LabError):
    """The packages cannot be had here (no network, no package lists): reason to skip, not to fail."""


def cache_folder():
    """Where unpacked packages are kept between runs: build/debian, or $ALIGND_LAB_CACHE."""
    given = os.environ.get("ALIGND_LAB_CACHE")
    return Path(given) if given else Path(__file__).resolve().parents[3] / "build" / "debian"


def _run(argv, **kw):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"}, **kw)


def _needed(packages):
    """`packages`, and the libraries that installing them would bring (nothing is installed: -s simulates)."""
    plan = _run(["apt-get", "-s", "-q", "install", "--no-install-recommends", *packages])
    if plan.returncode != 0:
        raise Unavailable(f"apt-get knows no {' '.join(packages)}: run apt-get update?\n{plan.stdout[-500:]}")
    coming = re.findall(r"^Inst (\S+)", plan.stdout, re.MULTILINE)
    return [name for name in coming if name in packages or name.startswith("lib")]


def unpacked(*packages):
    """The folder that holds `packages` and the libraries they miss here, unpacked. Cached."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Unavailable("not a Debian system")
    root = cache_folder() / packages[0]
    stamp = root / ".complete"
    if stamp.exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    names = _needed(packages)
    got = _run(["apt-get", "-q", "download", *names], cwd=root)
    if got.returncode != 0:
        raise Unavailable(f"apt-get download {' '.join(names)} did not work:\n{got.stdout[-500:]}")
    for archive in sorted(root.glob("*.deb")):
        done = _run(["dpkg-deb", "-x", str(archive), str(root)])
        if done.returncode != 0:
            raise LabError(f"unpacking {archive.name}: {done.stdout[-500:]}")
        archive.unlink()
    for program in root.rglob("*"):
        # Nothing unpacked here keeps a set-user-id or set-group-id bit (with it, LD_LIBRARY_PATH would not count).
        if program.is_file() and not program.is_symlink() and program.stat().st_mode & 0o6000:
            program.chmod(program.stat().st_mode & 0o1777)
    stamp.touch()
    return root


def library_path(root):
    """LD_LIBRARY_PATH for programs below `root`."""
    folders = [root / "usr/lib/postfix"]
    folders += sorted(p for base in ("lib", "usr/lib") for p in (root / base).glob("*-linux-*") if p.is_dir())
    return ":".join(str(p) for p in folders if p.is_dir())
