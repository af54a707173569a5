"""alignd as it is installed, under a real systemd, behind a private Postfix: what the tests of this folder share."""
import os
from pathlib import Path

from lab.alignd import AUTHSERV_ID
from lab.container import Container
from lab.postfix import Postfix
from lab.testing import DOMAIN, LabTest

UNIT = "alignd.service"


def build_folder():
    """The build tree of $ALIGND_PROGRAM, or the release build."""
    given = os.environ.get("ALIGND_PROGRAM")
    return Path(given).resolve().parents[1] if given else Path(__file__).resolve().parents[3] / "build/release"


class OnAMachine(LabTest):
    @classmethod
    def begin(cls):
        cls.server = (cls.workspace.address(91), 8891)
        cls.container = Container(cls.workspace, build_folder(), cls.configure)
        # Thousands of messages a minute: short queue ids come again within it.
        cls.postfix = Postfix(cls.workspace, DOMAIN, [f"inet:{cls.server[0]}:{cls.server[1]}"],
                              settings={"enable_long_queue_ids": "yes"})

    @classmethod
    def configure(cls, root, layer):
        """The installed settings file, edited as an admin edits it."""
        installed = [path for base in (root / "etc", layer / "usr") for path in base.rglob("alignd.toml")
                     if path.parent.name == "alignd" and "doc" not in path.parts]
        assert len(installed) == 1, installed
        cls.settings = installed[0]
        # What a test writes has to be there before: the container may have looked for it in vain already.
        cls.drop_ins = cls.settings.parent / "conf.d"
        cls.drop_ins.mkdir()
        for name in ("networks", "10-partner.toml"):
            (cls.drop_ins / name).write_text("")
        # As the package postfix makes it.
        (root / "etc/sysusers.d").mkdir(exist_ok=True)
        (root / "etc/sysusers.d/postfix.conf").write_text("g postfix -\n")
        (root / "var/spool/postfix").mkdir(parents=True)
        cls.write_settings('verdicts = "journal"')

    @classmethod
    def write_settings(cls, log, socket=None):
        host, port = cls.world.resolver
        socket = f'socket = "inet:{cls.server[1]}@{cls.server[0]}"' if socket is None else socket
        cls.settings.write_text(f'[milter]\n{socket}\n'
                                f'[authentication_results]\nauthserv_id = "{AUTHSERV_ID}"\n'
                                f'[dns]\nservers = ["{host}:{port}"]\n[log]\n{log}\n[trust]\nloopback = false\n')
