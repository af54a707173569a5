"""Reports against what RFC 9990 says: our own grammar always, its schema where that lies beside the project; by xmllint."""
import gzip
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
GRAMMAR = ROOT / "tests/data/reports/aggregate.rng"
SCHEMA = ROOT.parent / "shared/rfc/dmarc-xml-0.2.xsd"


def problems(path):
    """What is wrong with a report, gzip or not; "" when nothing is."""
    octets = Path(path).read_bytes()
    text = gzip.decompress(octets) if octets[:2] == b"\x1f\x8b" else octets
    said = []
    for option, against in (("--relaxng", GRAMMAR), ("--schema", SCHEMA)):
        if option == "--schema" and not against.exists():
            continue
        done = subprocess.run(["xmllint", "--noout", "--nonet", option, str(against), "-"], input=text, capture_output=True, check=False)
        if done.returncode != 0:
            said.append(done.stderr.decode(errors="replace"))
    return "\n".join(said)
