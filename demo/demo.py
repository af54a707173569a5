#!/usr/bin/python3
"""The demo behind ./run: a private Postfix with alignd as its milter, and real DNS, all on loopback."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/integration"))
sys.dont_write_bytecode = True

from cases import RECEIVER, cases  # noqa: E402
from lab import results, smtp  # noqa: E402
from lab.alignd import AUTHSERV_ID, Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.workspace import LabError, Workspace, accepts  # noqa: E402
from lab.world import World  # noqa: E402

COLOURS = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
WIDTH = min(shutil.get_terminal_size((110, 40)).columns, 130)


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOURS else text


def show_text(label, text):
    """A label and wrapped text beside it; long words are cut, nothing is lost."""
    lines = [part for line in text.splitlines()
             for part in textwrap.wrap(line, WIDTH - 12, drop_whitespace=False, break_on_hyphens=False) or [""]]
    for number, line in enumerate(lines):
        print(f"  {label if number == 0 else '':<10}{line.rstrip()}")


def show_verdict(line):
    """A verdict line member by member: the plain ones together, each part of the verdict on lines of its own."""
    plain, parts = [], []
    for key, value in json.loads(line).items():
        text = f'"{key}": {json.dumps(value, ensure_ascii=False)}'
        if isinstance(value, dict):
            parts.append(text)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            parts += [f'"{key}": {json.dumps(one, ensure_ascii=False)}' for one in value]
        else:
            plain.append(text)
    show_text("verdict", "\n".join([", ".join(plain), *parts]))


def judge(case, message, verdict):
    """What is not as expected in the delivered message and its verdict line: a list of sentences."""
    ours = [v for v in message.values("Authentication-Results") if results.read(v)[0].lower() == AUTHSERV_ID]
    if len(ours) != 1:
        return [f"{len(ours)} Authentication-Results fields of {AUTHSERV_ID} instead of one"]
    wrong = []
    if message.position("Authentication-Results") != 0:
        wrong.append("the Authentication-Results field is not on top")
    said = results.words(ours[0])
    said["why"] = verdict["why"]
    for method, word in case.expect.items():
        if said.get(method) != word:
            wrong.append(f"{method}={said.get(method)} instead of {word}")
    head = message.raw.partition(b"\n\n")[0].decode("latin-1")
    wrong += [f"still there: {text}" for text in case.forged if text in head]
    return wrong


def play(number, case, postfix, alignd):
    """Sends one message, shows what became of it; True if all is as expected."""
    print(f"\n{paint('1', f'{number}. {case.title}')}")
    print(f"  {'sent':<10}from {case.client}, MAIL FROM <{case.sender}>")
    answer = smtp.deliver(postfix.server, case.message, case.sender, case.recipient, case.helo, case.client)
    queue_id = answer.split()[-1]
    message = postfix.mailbox.wait_one(case.recipient)
    verdict = alignd.verdict(queue_id)
    show_text("stamped", f"{message.fields[0][0]}:{message.fields[0][1].decode('utf-8', 'replace')}".expandtabs(8))
    for value in message.values("Authentication-Results")[1:]:
        show_text("kept", f"Authentication-Results: {value}")
    for text in case.forged:
        show_text("removed", f"... {text} ...")
    show_verdict(verdict["line"])
    reason = verdict["dmarc"]["reason"].removeprefix(f"{verdict['why']}: ")
    show_text("why", f"{paint('1', verdict['why'])}: {reason}")
    if "remedy" in verdict:
        show_text("to mend", verdict["remedy"])
    show_text("so", case.shows)
    wrong = judge(case, message, verdict)
    for trouble in wrong:
        print(paint("31", f"  NOT AS EXPECTED: {trouble}"))
    if not wrong:
        print(paint("32", "  as expected"))
    return not wrong


def visitor_port():
    """127.0.0.1:2525, or the next port that is free, for the visitor's own mail."""
    return next(("127.0.0.1", port) for port in range(2525, 2625) if not accepts("127.0.0.1", port))


def invite(postfix, alignd):
    """Stays up for the visitor's own mail until Ctrl-C: prints each verdict line as it comes."""
    address, port = postfix.server
    print(f"""
{paint('1', 'Your turn.')} Everything stays up until Ctrl-C. Send mail to anyone@{RECEIVER}, for instance:
  swaks --server {address} --port {port} --from you@bank.example --to you@{RECEIVER}
  swaks --server {address} --port {port} --from you@bank.example --to you@{RECEIVER} --xclient "ADDR=192.0.2.10"
Delivered mail:  {postfix.mailbox.folder}
Verdict lines:   {alignd.verdict_file}
Settings:        {alignd.config}
""")
    seen = len(alignd.verdicts())
    while postfix.process.running() and alignd.process.running():
        lines = alignd.verdicts()
        for verdict in lines[seen:]:
            show_verdict(verdict["line"])
        seen = len(lines)
        sys.stdout.flush()
        time.sleep(0.3)
    raise LabError("Postfix or alignd ended by itself")


def report_program():
    given = os.environ.get("ALIGND_REPORT_PROGRAM")
    return Path(given) if given else Path(__file__).resolve().parents[1] / "build/release/reporting/program/alignd-report"


def report_settings(workspace, server):
    """[reports], and what the bank asks for beside: failure reports (ruf)."""
    folder = workspace.folder("reports")
    return "\n".join(['org_name = "Receiver"', f'email = "dmarc-reports@{RECEIVER}"', f'domain = "{RECEIVER}"',
                      f'store = "{folder / "reports.db"}"', f'smtp = "smtp://{server[0]}:{server[1]}"', 'spread = "0s"',
                      "failure = true", f'failure_spool = "{folder / "failures"}"'])


def show_reports(postfix, alignd):
    """The day after: reports are made, sent, delivered and read; True if both kinds came."""
    print(f"\n{paint('1', 'The day after: reports to bank.example, which asked for them')}")
    tomorrow = (int(time.time()) // 86400 + 1) * 86400 + 7200
    done = subprocess.run([report_program(), "run", "--config", alignd.config, "--now", str(tomorrow)], capture_output=True, text=True,
                          check=False)
    show_text("run", (done.stdout + done.stderr).strip())
    if done.returncode != 0:
        return False
    mail = postfix.mailbox.wait_one("dmarc@bank.example")
    show_text("delivered", "\n".join(f"{name}: {value}" for name in ("From", "To", "Subject") for value in mail.values(name)))
    path = alignd.folder / "report.eml"
    path.write_bytes(mail.raw)
    shown = subprocess.run([report_program(), "read", path], capture_output=True, text=True, check=False)
    show_text("read", shown.stdout.strip())
    failures = postfix.mailbox.messages("failures@bank.example") or postfix.mailbox.wait("failures@bank.example", 1)
    print(f"\n{paint('1', 'And a report of one message that failed (RFC 9991), its addresses pseudonyms')}")
    show_text("delivered", failures[0].raw.decode("ascii", "replace").strip())
    return shown.returncode == 0


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--once", action="store_true", help="end after the demo's own messages")
    options.add_argument("--report", action="store_true", help="go on to the DMARC reports about them, and end")
    arguments = options.parse_args()
    if os.geteuid() != 0:
        print("The demo starts Postfix, and name servers on port 53 of loopback addresses: both need root.\n"
              "Please run: sudo ./run   (everything lives in a private folder and on 127.0.0.0/8 only)")
        return 77
    try:
        with Workspace("demo") as workspace:
            world = World(workspace)
            server = visitor_port()
            alignd = Alignd(workspace, world.resolver,
                            {"reports": report_settings(workspace, server)} if arguments.report else None)
            postfix = Postfix(workspace, RECEIVER, [alignd.postfix_milter], server=server,
                              settings={"virtual_mailbox_domains": f"{RECEIVER} bank.example"} if arguments.report else None)
            where = "installed" if postfix.programs.installed else "unpacked privately"
            print(f"Postfix {postfix.version()} ({where}) on {postfix.server[0]}:{postfix.server[1]}, alignd as its milter,\n"
                  f"a resolver (unbound) on {world.resolver[0]} before {len(world.servers.operators)} name servers (nsd): "
                  f"{', '.join(world.servers.operators)}.")
            made = cases(world.keys)
            good = sum(play(number, case, postfix, alignd) for number, case in enumerate(made, 1))
            print(f"\n{good} of {len(made)} messages came out as expected.")
            reported = not arguments.report or show_reports(postfix, alignd)
            if not arguments.once and not arguments.report:
                invite(postfix, alignd)
            alignd.stop()
            return 0 if good == len(made) and reported else 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except (LabError, smtp.Refused) as error:
        print(paint("31", f"The demo did not work: {error}"), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
