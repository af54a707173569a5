"""Real DNS on loopback: an authoritative nsd for each operator, and a recursive unbound in front of them.

A folder of zones holds one folder an operator, each served by an nsd of its own on port 53 of its own loopback
address; so a delegation from one operator's zone to another's is followed by the resolver as on the Internet.
Port 53, because a resolver asks delegated servers nowhere else.
"""
import re
import shutil
import socket
import struct

from .workspace import LabError, wait_until

RESOLVER_HOST = 2
FIRST_OPERATOR_HOST = 10


def _program(name):
    path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
    if not path:
        raise LabError(f"{name} is not installed")
    return path


def answers(address, port, name="."):
    """True when a name server there answers an SOA question for `name` without SERVFAIL or REFUSED."""
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.strip(".").split(".") if p)
    question = struct.pack(">HHHHHH", 0x5157, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 6, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.5)
        try:
            s.connect((address, port))
            s.send(question)
            reply = s.recv(4096)
        except OSError:
            return False
    return len(reply) > 12 and reply[3] & 15 in (0, 3)


class NameServers:
    """`zones`: the folder of operators; `values`: what {{...}} stands for in zone files, beside {{address OPERATOR}}.

    `resolver` is the (address, port) to ask.
    """

    def __init__(self, workspace, zones, values):
        self.workspace = workspace
        self.folder = workspace.folder("dns")
        self.operators = sorted(p.name for p in zones.iterdir() if p.is_dir())
        self.values = dict(values)
        for number, operator in enumerate(self.operators):
            self.values[f"address {operator}"] = workspace.address(FIRST_OPERATOR_HOST + number)
        self.resolver = (workspace.address(RESOLVER_HOST), 53)
        for operator in self.operators:
            self._start_authority(operator, zones / operator)
        self._start_resolver()

    def _fill(self, text, origin):
        def value(match):
            key = match.group(1).strip()
            if key not in self.values:
                raise LabError(f"{origin}: nothing known for {{{{{key}}}}}")
            return self.values[key]
        return re.sub(r"\{\{([\w -]+)\}\}", value, text)

    def _start_authority(self, operator, source):
        folder = self.workspace.folder(f"dns/{operator}")
        address = self.values[f"address {operator}"]
        conf = [f'server:\n  ip-address: {address}\n  port: 53\n  username: ""\n  zonesdir: "{folder}"\n'
                f'  database: ""\n  pidfile: "{folder}/nsd.pid"\n  xfrdfile: "{folder}/xfrd.state"\n'
                f'  zonelistfile: "{folder}/zone.list"\n  logfile: "{folder}/nsd.log"\n  server-count: 1\n'
                f'  hide-version: yes\n  rrl-ratelimit: 0\nremote-control:\n  control-enable: no\n']
        for zone in sorted(source.glob("*.zone")):
            name = "." if zone.stem == "root" else zone.stem
            (folder / zone.name).write_text(self._fill(zone.read_text(), zone))
            conf.append(f'zone:\n  name: "{name}"\n  zonefile: "{folder / zone.name}"\n')
        (folder / "nsd.conf").write_text("".join(conf))
        first = sorted(source.glob("*.zone"))[0].stem
        process = self.workspace.start(f"nsd-{operator}", [_program("nsd"), "-d", "-c", folder / "nsd.conf"])
        process.wait_ready(lambda: answers(address, 53, "." if first == "root" else first), "its first answer")

    def _start_resolver(self):
        folder = self.workspace.folder("dns/resolver")
        # Debian confines /usr/sbin/unbound by AppArmor to its own folders; a copy elsewhere is not confined.
        program = folder / "unbound"
        shutil.copy(_program("unbound"), program)
        (folder / "root.hints").write_text(f". 3600 IN NS ns.root.\nns.root. 3600 IN A {self.values['address registry']}\n")
        address, port = self.resolver
        (folder / "unbound.conf").write_text(f'''server:
  interface: {address}
  port: {port}
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  outgoing-interface: 127.0.0.1
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  logfile: ""
  verbosity: 1
  module-config: "iterator"
  root-hints: "{folder}/root.hints"
  num-threads: 1
  qname-minimisation: yes
remote-control:
  control-enable: no
''')
        process = self.workspace.start("unbound", [program, "-d", "-c", folder / "unbound.conf"])
        process.wait_ready(lambda: answers(address, port), "its first answer")

    def wait_resolves(self, name):
        wait_until(lambda: answers(*self.resolver, name), f"{name} to resolve")
