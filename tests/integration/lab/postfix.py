"""A private Postfix: its own configuration, queue, users and port; the system's one is never touched."""
import grp
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from . import debian
from .mailbox import Maildir
from .workspace import LabError, accepts

# Postfix wants an owner for its queue and a group for postdrop that it shares with nothing else of its own. Where the
# package is not installed, accounts of base-passwd do: they only own files below the private folder.
OWNERS = ("postfix", "mail")
GROUPS = ("postdrop", "uucp")
DELIVERY = "nobody"

# qmgr is woken each second: a file that was locked when it came to be delivered again goes back to the incoming queue, which
# is looked at when mail comes or at the time given here, and never with the deferred one.
MASTER = """\
{listen}  inet  n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
smtp      unix  - - n - - smtp
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""
QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
ADDED = ("Return-Path", "X-Original-To", "Delivered-To")  # by virtual(8), above the message


def _first(names, lookup, what):
    for name in names:
        try:
            return lookup(name)
        except KeyError:
            continue
    raise LabError(f"none of the {what} {', '.join(names)} exists")


def first_user(names):
    return _first(names, pwd.getpwnam, "users")


class Programs:
    """Where Postfix's programs are: the installed ones, or the package unpacked privately."""

    def __init__(self):
        self.library_path = ""
        if Path("/usr/lib/postfix/sbin/master").exists() and Path("/usr/sbin/postconf").exists():
            self.root, self.installed = Path("/"), True
        else:
            self.root, self.installed = debian.unpacked("postfix"), False
            self.library_path = debian.library_path(self.root)
        self.daemons = self.root / "usr/lib/postfix/sbin"
        self.commands = self.root / "usr/sbin"


class Postfix:
    """Accepts mail for `domain` at `server` and delivers it to `mailbox`, through `milters`.

    `settings`: more main.cf parameters. `pasted`: text that an admin puts at the end of main.cf; without milters of our own,
    it names them all.
    """

    def __init__(self, workspace, domain, milters, server=None, settings=None, name="postfix", pasted=""):
        self.workspace, self.domain, self.name = workspace, domain, name
        self.server = server or (workspace.address(25), 25)
        self.programs = Programs()
        owner = first_user(OWNERS)
        group = _first(GROUPS, grp.getgrnam, "groups")
        delivery = pwd.getpwnam(DELIVERY)
        self.config = workspace.folder(f"{name}/etc")
        queue = self.queue = workspace.folder(f"{name}/queue")
        data = workspace.folder(f"{name}/data", 0o700)
        mail = workspace.folder(f"{name}/mail", 0o700)
        shutil.chown(data, owner.pw_uid)
        shutil.chown(mail, delivery.pw_uid, delivery.pw_gid)
        for folder in QUEUES:
            shutil.chown(workspace.folder(f"{name}/queue/{folder}", 0o700), owner.pw_uid)
        workspace.folder(f"{name}/queue/pid")
        for folder, mode in (("maildrop", 0o730), ("public", 0o710)):
            shutil.chown(workspace.folder(f"{name}/queue/{folder}", mode), owner.pw_uid, group.gr_gid)
        self.mailbox = Maildir(mail / "all/new", ADDED)
        self.log = workspace.folder("log") / f"{name}.maillog"
        parameters = {
            "compatibility_level": "3.6",
            "queue_directory": queue, "data_directory": data, "mail_owner": owner.pw_name, "setgid_group": group.gr_name,
            "daemon_directory": self.programs.daemons, "command_directory": self.programs.commands,
            "shlib_directory": self.programs.root / "usr/lib/postfix", "meta_directory": self.config,
            "export_environment": "TZ MAIL_CONFIG LANG LD_LIBRARY_PATH",
            "import_environment": "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH",
            "maillog_file": self.log, "maillog_file_prefixes": self.log.parent,
            "myhostname": f"mx.{domain}", "inet_interfaces": "127.0.0.1", "inet_protocols": "all",
            "mynetworks": "", "mydestination": "", "alias_maps": "", "alias_database": "", "local_recipient_maps": "",
            "local_transport": "error:no local mail here", "default_transport": "error:no mail leaves the laboratory",
            "virtual_mailbox_domains": domain, "virtual_mailbox_base": mail, "virtual_mailbox_maps": "static:all/",
            "virtual_uid_maps": f"static:{delivery.pw_uid}", "virtual_gid_maps": f"static:{delivery.pw_gid}",
            "virtual_mailbox_limit": "0", "message_size_limit": "104857600",
            "disable_dns_lookups": "yes", "smtpd_peername_lookup": "no", "smtpd_client_connection_rate_limit": "0",
            "smtpd_client_connection_count_limit": "0", "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "", "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
            # As README asks for: what a milter cannot see (bytes after a NUL) does not get in.
            "message_reject_characters": r"\0",
            "smtpd_milters": " ".join(milters), "milter_default_action": "tempfail",
            "maximal_backoff_time": "2s", "minimal_backoff_time": "1s", "queue_run_delay": "1s", "service_throttle_time": "2s",
        }
        parameters.update(settings or {})
        (self.config / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in parameters.items()) + pasted)
        (self.config / "master.cf").write_text(MASTER.format(listen="%s:%d" % self.server))
        self.start()

    def environment(self):
        # A clean one: Postfix wants no more, and its children must find the private libraries.
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C", "MAIL_CONFIG": str(self.config)}
        if self.programs.library_path:
            environment["LD_LIBRARY_PATH"] = self.programs.library_path
        return environment

    def start(self):
        # master(8) itself, in the foreground: what postfix start would leave behind as a daemon.
        self.process = self.workspace.start(self.name, [self.programs.daemons / "master", "-c", self.config, "-d"],
                                            env=self.environment())
        try:
            self.process.wait_ready(lambda: accepts(*self.server), f"port {self.server[1]}")
        except LabError as error:
            log = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
            raise LabError(f"{error}\n{log}") from None

    def stop(self):
        return self.process.stop()

    def version(self):
        shown = subprocess.run([self.programs.commands / "postconf", "-c", self.config, "-h", "mail_version"],
                               env=self.environment(), capture_output=True, text=True, check=False)
        return shown.stdout.strip()

    def empty_queue(self):
        """All that it has not delivered yet goes. It is started anew: what a process has open is delivered all the same."""
        self.stop()
        for name in ("active", "bounce", "defer", "deferred", "incoming"):
            for path in (self.queue / name).rglob("*"):
                if path.is_file():
                    path.unlink()
        self.start()

    def log_lines(self, pattern):
        """Lines of Postfix's own log that match."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return [line for line in text.splitlines() if re.search(pattern, line)]

    def whereabouts(self, queue_id, recipient):
        """What became of a message that it accepted under that queue id, in words, as far as its log tells."""
        said = [line.partition(f"{queue_id}: ")[2] for line in self.log_lines(rf"\b{re.escape(queue_id)}: ")]
        last = [text for text in said if text.startswith(f"to=<{recipient}>")] or said
        return last[-1] if last else f"lost: Postfix accepted it as {queue_id}, and says no more of it"
