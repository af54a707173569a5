"""The filters that stand in front of the private Postfix, each in the foreground and on a socket of its own."""
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from lab import debian
from lab.alignd import AUTHSERV_ID, Alignd
from lab.workspace import LabError, accepts

OPENDKIM = """\
Syslog no
Mode v
AuthservID {id}
AlwaysAddARHeader yes
InternalHosts {folder}/nobody
PidFile {folder}/opendkim.pid
Nameservers {dns}
On-Default accept
"""
OPENDMARC = """\
AuthservID {id}
TrustedAuthservIDs {id}
IgnoreHosts {folder}/nobody
PidFile {folder}/opendmarc.pid
SPFIgnoreResults true
SPFSelfValidate true
RejectFailures false
Syslog false
Background false
"""
# OpenDMARC asks the resolver of the system: it gets one of its own.
WITH_RESOLVER = 'mount --bind "$1" /etc/resolv.conf; shift; exec "$@"'


@dataclass
class Filter:
    """What is measured: a name for the table, and the value of Postfix's smtpd_milters."""
    name: str
    milters: list
    processes: list


class Peer:
    """A filter of somebody else: a program that is told its socket in libmilter's notation."""

    def __init__(self, workspace, name, family, host, argv, env=None):
        self.workspace, self.name = workspace, name
        folder = workspace.folder(name)
        if family == "unix":
            path = folder / "socket"
            self.milter, own = f"unix:{path}", f"local:{path}"
        else:
            address = (workspace.address(host), 8891)
            self.milter, own = "inet:%s:%d" % address, "inet:%d@%s" % (address[1], address[0])
        # Postfix must be allowed to connect, whoever made the socket.
        self.process = workspace.start(name, ["sh", "-c", 'umask 0; exec "$@"', "sh", *argv(folder, own)], env=env)
        if family == "unix":
            self.process.wait_ready(lambda: path.exists() and stat.S_ISSOCK(path.stat().st_mode), "its socket")
        else:
            self.process.wait_ready(lambda: accepts(*address), "its socket")


def _program(name):
    """(path, environment) of a peer's program: installed, or the package unpacked privately."""
    path = shutil.which(name, path="/usr/sbin:/usr/bin")
    if path:
        return path, None
    root = debian.unpacked(name)
    return root / "usr/sbin" / name, {**os.environ, "LD_LIBRARY_PATH": debian.library_path(root)}


def _configured(folder, name, text, workspace, resolver):
    (folder / "nobody").write_text("203.0.113.254\n")
    (folder / "resolv.conf").write_text(f"nameserver {resolver[0]}\n")
    conf = folder / f"{name}.conf"
    conf.write_text(text.format(id=AUTHSERV_ID, folder=folder, dns=resolver[0]))
    return conf


def _opendkim(workspace, name, resolver, family, host):
    program, env = _program("opendkim")
    return Peer(workspace, name, family, host, lambda folder, own: [
        program, "-f", "-x", _configured(folder, "opendkim", OPENDKIM, workspace, resolver), "-p", own], env)


def _opendmarc(workspace, name, resolver, family, host):
    program, env = _program("opendmarc")
    return Peer(workspace, name, family, host, lambda folder, own: [
        "unshare", "--mount", "sh", "-ec", WITH_RESOLVER, "sh", folder / "resolv.conf",
        program, "-f", "-c", _configured(folder, "opendmarc", OPENDMARC, workspace, resolver), "-p", own], env)


def _insert_filter(workspace, family, host):
    given = os.environ.get("ALIGND_INSERT_FILTER")
    program = Path(given) if given else Path(__file__).resolve().parents[3] / "build/release/tests/bench/milter/insert_filter"
    if not program.exists():
        raise LabError(f"{program} is not built")
    return Peer(workspace, f"insert-{family}", family, host, lambda folder, own: [program, own])


def start(workspace, resolver, wanted):
    """Starts the filters whose names are `wanted` (all when empty). Those that cannot be had are left out, with a word."""
    filters = []

    def add(name, make):
        if wanted and name not in wanted:
            return
        try:
            made = make()
        except debian.Unavailable as error:
            print(f"left out: {name}: {str(error).splitlines()[0]}")
            return
        filters.append(Filter(name, [m for m, _ in made], [p for _, p in made]))

    def alignd(family, host):
        daemon = Alignd(workspace, resolver, name=f"alignd-{family}", host=host, unix=family == "unix")
        return [(daemon.postfix_milter, daemon.process)]

    def peer(made):
        return made.milter, made.process

    add("none", lambda: [])
    for host, family in enumerate(("unix", "inet"), 91):
        add(f"alignd {family}", lambda: alignd(family, host))
    for host, family in enumerate(("unix", "inet"), 93):
        add(f"insert {family}", lambda: [peer(_insert_filter(workspace, family, host))])
    for host, family in ((95, "unix"), (97, "inet")):
        add(f"opendkim {family}", lambda: [peer(_opendkim(workspace, f"opendkim-{family}", resolver, family, host))])
        add(f"opendkim+opendmarc {family}", lambda: [
            peer(_opendkim(workspace, f"opendkim2-{family}", resolver, family, host + 10)),
            peer(_opendmarc(workspace, f"opendmarc-{family}", resolver, family, host + 11))])
    return filters
