"""The demo's little Internet: its zones (demo/zones), with keys made at this moment."""
from pathlib import Path

from .nameservers import NameServers
from .signing import Key

ZONES = Path(__file__).resolve().parents[3] / "demo/zones"
ALGORITHMS = {"bank-rsa": "rsa", "bank-ed25519": "ed25519", "esp-pool": "rsa", "brand": "ed25519", "crook": "rsa",
              "buecher": "rsa", "loop": "rsa"}


class World:
    """`keys` by the names that the zone files use; `resolver` is the (address, port) to ask."""

    def __init__(self, workspace):
        self.keys = {name: Key(algorithm) for name, algorithm in ALGORITHMS.items()}
        self.servers = NameServers(workspace, ZONES, {f"key {name}": key.zone_text() for name, key in self.keys.items()})
        self.resolver = self.servers.resolver
