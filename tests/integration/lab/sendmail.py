"""A private Sendmail (Debian's package unpacked beside the installed mail system), in the foreground on loopback."""
import pwd
import re
import shutil
import socket
import subprocess

from . import debian
from .mailbox import Maildir
from .workspace import LabError, accepts

PACKAGES = ("sendmail-bin", "sendmail-base", "sendmail-cf", "m4")

# cf.mc: nothing is looked up in DNS or in the machine's users and aliases; every recipient of the domain goes to one
# program that writes a file a message, however busy the machine is. So does everybody else, into a folder of their own:
# what Sendmail gives up is returned to its sender or to the postmaster, and would vanish without a mailer for them.
CONFIGURATION = """\
divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
divert(0)dnl
VERSIONID(`alignd laboratory')
OSTYPE(`linux')dnl
undefine(`ALIAS_FILE')dnl
define(`confDOMAIN_NAME', `mx.{domain}')dnl
define(`QUEUE_DIR', `{home}/queue')dnl
define(`STATUS_FILE', `')dnl
define(`HELP_FILE', `')dnl
define(`confPID_FILE', `{home}/sendmail.pid')dnl
define(`confSERVICE_SWITCH_FILE', `{home}/service.switch')dnl
define(`confHOSTS_FILE', `{home}/hosts')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confDEF_USER_ID', `{user}:{group}')dnl
define(`confTRUSTED_USER', `root')dnl
define(`confTO_IDENT', `0')dnl
define(`confTO_RESOLVER_RETRANS', `1s')dnl
define(`confTO_RESOLVER_RETRY', `1')dnl
define(`confBAD_RCPT_THROTTLE', `0')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
define(`confMAX_HEADERS_LENGTH', `{max_headers_length}')dnl
define(`confMILTER_MACROS_CONNECT', `j, _, {{daemon_name}}, {{if_name}}, {{if_addr}}')dnl
FEATURE(`no_default_msa')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`accept_unqualified_senders')dnl
FEATURE(`nocanonify')dnl
RELAY_DOMAIN(`{domain}')dnl
FEATURE(`nouucp', `reject')dnl
DAEMON_OPTIONS(`Family=inet, Name=MTA, Addr={address}, Port={port}')dnl
{milter}
MAILER_DEFINITIONS
Mfile, P={home}/deliver, F=DFMPhnu9, S=EnvFromL/HdrFromL, R=EnvToL/HdrToL, T=DNS/RFC822/X-Unix,
    A=deliver new $i $u@{domain}
Mreturned, P={home}/deliver, F=DFMPhnu9, S=EnvFromL/HdrFromL, R=EnvToL/HdrToL, T=DNS/RFC822/X-Unix,
    A=deliver returned $i $u
LOCAL_RULE_0
R$+ < @ {domain} . >	$#file $@ {domain} $: $1
R$+ < @ {domain} >	$#file $@ {domain} $: $1
R$+ < @ $+ >	$#returned $@ $2 $: $1@$2
R$+	$#returned $@ nowhere $: $1
MAILER(`local')dnl
MAILER(`smtp')dnl
"""

# The mailbox side: one file a message, complete before it gets its final name. That is the queue id and the process, and a
# name that is taken is not taken again: names of mktemp hold some 30 bits of chance, of 30,000 two may well be the same, and
# mv then writes one message over another. Whatever fails is tried again (75). A run's line: queue id, recipient, status, file.
DELIVER = """\
#!/bin/sh
name=$2.$$
trap 'status=$?; echo "$2 $3 $status $name" >> "{log}"; [ "$status" = 0 ] || exit 75' EXIT
set -C
{{ printf 'Delivered-To: %s\\n' "$3"; cat; }} > "{mail}/tmp/$name" && ln "{mail}/tmp/$name" "{mail}/$1/$name"
"""


def configuration(root, domain, home, milter, address="127.0.0.1", port=25, max_headers_length=1048576, mail="/nonexistent"):
    """sendmail.mc for the package unpacked at `root`; `milter`: its lines about filters."""
    user = pwd.getpwnam("nobody")
    return CONFIGURATION.format(cf=root / "usr/share/sendmail/cf", domain=domain, home=home, mail=mail, user=user.pw_uid,
                                group=user.pw_gid, address=address, port=port, max_headers_length=max_headers_length,
                                milter=milter)


class Sendmail:
    """Accepts mail for `domain` at `server` and delivers it to `mailbox`, through `milter` (Sendmail's notation)."""

    def __init__(self, workspace, domain, milter=None, max_headers_length=1048576, name="sendmail", host=26):
        self.workspace, self.domain, self.name = workspace, domain, name
        self.server = (workspace.address(host), 25)
        self.root = debian.unpacked(*PACKAGES)
        self.program = self.root / "usr/libexec/sendmail/sendmail"
        if not self.program.exists():
            raise LabError(f"{self.program} is not in the package")
        self.home = workspace.folder(name)
        user = pwd.getpwnam("nobody")
        workspace.folder(f"{name}/queue", 0o700)
        mail = workspace.folder(f"{name}/mail")
        for folder in ("tmp", "new", "returned"):
            shutil.chown(workspace.folder(f"{name}/mail/{folder}"), user.pw_uid, user.pw_gid)
        self.mailbox, self.returned = (Maildir(mail / folder, ("Return-Path", "Delivered-To")) for folder in ("new", "returned"))
        self.deliveries = workspace.folder("log") / f"{name}.deliveries"
        self.deliveries.touch()
        shutil.chown(self.deliveries, user.pw_uid, user.pw_gid)
        (self.home / "service.switch").write_text("hosts\tfiles\naliases\tfiles\npasswd\tfiles\n")
        (self.home / "hosts").write_text(f"127.0.0.1 mx.{domain} localhost\n")
        (self.home / "resolv.conf").write_text(f"nameserver {workspace.address(2)}\noptions timeout:1 attempts:1\n")
        self.delivering = DELIVER.format(mail=mail, log=self.deliveries)
        self.deliver_by(self.delivering)
        self.environment = {"PATH": f"{self.root}/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                            "LD_LIBRARY_PATH": debian.library_path(self.root)}
        self._configure(milter, mail, max_headers_length)
        # What it has to say of its milter connections.
        self.milter_log = self.home / "milter.log"
        # What a busy machine kept it from delivering at once lies in its queue: as everywhere, somebody looks after that.
        command = [self.program, "-D", self.milter_log, "-d64.5", "-C", self.home / "sendmail.cf", "-bD", "-q5s", "-X",
                   self.home / "transcript"]
        self.process = workspace.start(name, [*self._namespace(), *command], env=self.environment)
        self.process.wait_ready(lambda: accepts(*self.server), "its port", seconds=90)

    def _namespace(self):
        """Before it reads any configuration, Sendmail asks DNS for the machine's name, and sleeps for a minute when
        that has no domain. So it gets a host name, hosts and resolv.conf of its own where namespaces are allowed;
        elsewhere it only starts slowly."""
        inside = ["unshare", "--mount", "--uts", "sh", "-ec",
                  'hostname "$1"; mount --bind "$2/hosts" /etc/hosts; mount --bind "$2/resolv.conf" /etc/resolv.conf; '
                  'shift 2; exec "$@"', "sh", f"mx.{self.domain}", str(self.home)]
        allowed = subprocess.run([*inside, "true"], capture_output=True, check=False).returncode == 0
        return inside if allowed else []

    def _configure(self, milter, mail, max_headers_length):
        filters = f"INPUT_MAIL_FILTER(`alignd', `S={milter}, F=T, T=S:60s;R:60s;E:5m')dnl" if milter else "dnl"
        source = configuration(self.root, self.domain, self.home, filters, *self.server, max_headers_length, mail)
        (self.home / "sendmail.mc").write_text(source)
        made = subprocess.run(["m4", self.home / "sendmail.mc"], env=self.environment, capture_output=True, check=False)
        if made.returncode != 0:
            raise LabError(f"m4: {made.stderr.decode(errors='replace')[-1000:]}")
        (self.home / "sendmail.cf").write_bytes(made.stdout)

    def deliver_by(self, program):
        """That program delivers from now on; changed in one step, as it may be run at any time."""
        new = self.home / "deliver.new"
        new.write_text(program)
        new.chmod(0o755)
        new.replace(self.home / "deliver")

    def whereabouts(self, queue_id, recipient):
        """What became of a message that it accepted under that queue id, in words, as far as files and logs tell."""
        found = []
        for control in (self.home / "queue" / f"{kind}f{queue_id}" for kind in "qhQ"):
            if control.exists():
                said = re.search(r"^M(.*)", control.read_text(errors="replace"), re.MULTILINE)
                found.append(f"in Sendmail's queue as {control.name}: {said[1] if said else 'not tried yet'}")
        for line in self.deliveries.read_text(errors="replace").splitlines():
            tried, to, status, file = line.split(" ")
            if (tried, to) == (queue_id, recipient):
                there = "there" if (self.mailbox.folder / file).exists() else "not there"
                found.append(f"delivery as {file} ended with {status}, the file is {there}")
        found += [f"returned by Sendmail: {why}" for to, why in self.returns() if to == recipient]
        return "; ".join(found) or f"lost: Sendmail accepted it as {queue_id}, has it no more, and did not try to deliver it"

    def returns(self):
        """(recipient, why) of all that it gave up, by the reports that it returned."""
        for report in self.returned.all_messages():
            text = report.body.decode(errors="replace")
            why = re.search(r"^Diagnostic-Code: (.*)", text, re.MULTILINE)
            for to in re.findall(r"^Final-Recipient: [^;]*; *(.*?) *$", text, re.MULTILINE):
                yield to, why[1] if why else "no reason is told"

    def version(self):
        with socket.create_connection(self.server, timeout=10) as connection:
            greeting = connection.recv(512).decode(errors="replace")
        return greeting.partition("Sendmail ")[2].partition("/")[0]
