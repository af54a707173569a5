"""Reports against what RFC 9990 says: our own grammar always, its schema where that lies beside the project; by xmllint."""
import gzip
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GRAMMAR = ROOT / "tests/data/reports/aggregate.rng"
SCHEMA = ROOT.parent / "shared/rfc/dmarc-xml-0.2.xsd"


def problems(*paths):
    """What is wrong with reports, gzip or not; "" when nothing is."""
    said = []
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, path in enumerate(paths):
            octets = Path(path).read_bytes()
            files.append(str(Path(folder) / f"{number}.xml"))
            Path(files[-1]).write_bytes(gzip.decompress(octets) if octets[:2] == b"\x1f\x8b" else octets)
        for option, against in (("--relaxng", GRAMMAR), ("--schema", SCHEMA)):
            if not files or not against.exists() and option == "--schema":
                continue
            done = subprocess.run(["xmllint", "--noout", "--nonet", option, str(against), *files], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                said.append(done.stderr)
    return "\n".join(said)
