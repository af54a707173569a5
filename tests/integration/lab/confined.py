#!/usr/bin/python3
"""A program under the list of system calls of a systemd unit, as in service; but any other call kills it.

  confined.py UNIT KEPT PROGRAM [ARGUMENT...]

KEPT: a file where the filter is kept between runs, as it takes longer to make than alignd takes to start. Where there is no
systemd-analyze or no libseccomp, the program runs without (`available` tells).
"""
import ctypes
import os
import re
import shutil
import subprocess
import sys

_KILL_PROCESS, _ALLOW = 0x80000000, 0x7FFF0000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2


def _libseccomp():
    try:
        return ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError:
        return None


def available():
    return shutil.which("systemd-analyze") is not None and _libseccomp() is not None


def groups():
    """{"@name": its system calls and groups}, as systemd has them."""
    said = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    found, name = {}, None
    for line in said.splitlines():
        if line.startswith("@"):
            name = line.strip()
            found[name] = []
        elif not line.strip():
            name = None  # the kernel's others come behind the last group
        elif name and not line.lstrip().startswith("#"):
            found[name].append(line.strip())
    return found


def calls(unit, known):
    """The system calls that a unit allows, `known` being the groups. systemd.exec(5): its first line says that this is a list
    of what is allowed, later ones add, and with a tilde take away."""
    def flat(words):
        for word in words:
            yield from flat(known[word]) if word.startswith("@") else (word,)

    allowed = set(flat(["@default"]))
    lines = re.findall(r"^SystemCallFilter=(~?)(.+)$", unit, re.MULTILINE)
    if not lines or lines[0][0]:
        raise ValueError("no list of what is allowed")
    for tilde, words in lines:
        (allowed.difference_update if tilde else allowed.update)(flat(words.split()))
    return allowed


def make(unit, kept):
    """Writes the filter for the text of a unit to the file `kept`: BPF as seccomp(2) takes it."""
    lib = _libseccomp()
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(_KILL_PROCESS)))
    for name in sorted(calls(unit, groups())):
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # negative: not on this machine
            lib.seccomp_rule_add(context, ctypes.c_uint32(_ALLOW), number, 0)
    fresh = f"{kept}.{os.getpid()}"
    with open(fresh, "wb") as out:
        if lib.seccomp_export_bpf(context, out.fileno()) != 0:
            raise OSError("seccomp_export_bpf")
    os.replace(fresh, kept)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def confine(kept):
    """From here on, for this process and what it becomes."""
    with open(kept, "rb") as file:
        octets = file.read()
    program = _Program(len(octets) // 8, octets)
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            or libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) != 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def main(unit, kept, *command):
    if available():
        if not os.path.exists(kept) or os.path.getmtime(kept) < max(map(os.path.getmtime, (unit, __file__))):
            with open(unit) as text:
                make(text.read(), kept)
        confine(kept)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*sys.argv[1:])
