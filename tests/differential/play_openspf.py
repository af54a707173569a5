"""The messages of the OpenSPF suite (../shared/conformance beside this checkout) against pyspf and Mail::SPF."""
import json
from pathlib import Path

from judge import Peer
from play_spf import KNOWN, play  # noqa: F401

CASES = Path(__file__).resolve().parents[3] / "shared/conformance/openspf-rfc7208/cases.jsonl"


def text_of(value):
    return (value if isinstance(value, str) else "".join(value)).encode("latin-1")


def compare(_, count, judge, found):
    perl = Peer("mail_spf.pl", judge.zone)
    played = 0
    for line in CASES.read_text(encoding="utf-8").splitlines()[:count]:
        case = json.loads(line)
        judge.zone.clear()
        for name, records in case["zone"].items():
            if records.get("behavior") and "TXT" not in records:  # it holds for what is not listed
                judge.zone.add(name, "FAIL")
            for kind, values in records.items():
                for value in values if kind in ("A", "AAAA", "CNAME", "MX", "PTR", "TXT") else ():
                    judge.zone.add(name, kind, text_of(value) if kind == "TXT" else tuple(value) if kind == "MX" else value)
        judge.forget()  # the cases share names
        ours = play(judge, perl, found, case["client_ip"], case["helo"] or "", case["mail_from"])
        played += 1
        if ours not in (case.get("dispute") or case["expect"])["spf"]:
            print(f"{case['id']}: alignd {ours}, the suite {case['expect']['spf']}")
    perl.close()
    return played
