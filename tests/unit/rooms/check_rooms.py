#!/usr/bin/env python3
"""Who may include whom (DESIGN.md, "Who may do what"): fails when a room reaches where it may not.

    check_rooms.py SOURCE_FOLDER

A room is a folder. It may include itself, the rooms that stand for it below and nothing else of ours; and it may not say
what is forbidden it: a header, a clock. A file in a folder that is no room is an error too: then the table below is to
be extended, and it stands from the ground up, so that nothing points upwards.
"""
import pathlib
import re
import sys

DNS = ["dns/data", "dns/table", "dns/zone"]  # what stands outside dns/ for all that is asked
LIBRARY = ["verifier", "verifier/message", "verifier/spf", "verifier/dkim", "verifier/arc", "verifier/dmarc",
           "verifier/iprev", "verifier/cause", "verifier/authres", "verifier/policy", "verifier/report"]
METHODS = ["verifier", "verifier/message", "verifier/spf", "verifier/dkim", "verifier/dmarc", "verifier/arc",
           "verifier/iprev"]
# Each room, and the rooms that it may include. `verifier` itself has the words all methods share (options, verdict, work)
# and the class that joins the methods.
ROOMS = {
    "dns/data": [],
    "dns/wire": ["dns/data"],
    "dns/table": ["dns/data"],
    "dns/zone": ["dns/data", "dns/table"],
    "dns/engine": ["dns/data", "dns/wire", "dns/table"],
    "verifier/message": DNS,
    "verifier/spf": DNS + ["verifier", "verifier/message"],
    "verifier/dkim": DNS + ["verifier", "verifier/message"],
    "verifier/dmarc": DNS + ["verifier", "verifier/message"],
    "verifier/iprev": DNS + ["verifier"],
    "verifier/arc": DNS + ["verifier", "verifier/message", "verifier/dkim", "verifier/authres"],
    "verifier/cause": DNS + METHODS,
    "verifier/policy": DNS + METHODS + ["verifier/cause"],
    "verifier/authres": DNS + METHODS + ["verifier/cause", "verifier/policy"],
    "verifier": DNS + METHODS + ["verifier/authres"],
    "verifier/report": DNS + LIBRARY,
    "reporting": DNS,
    "conf": DNS + LIBRARY + ["reporting", "dns/engine"],
    "conf/import": DNS + LIBRARY + ["conf"],
    "cli/shared": DNS + ["dns/engine"],
    "cli": DNS + LIBRARY + ["cli/shared", "reporting", "reporting/log", "conf", "dns/engine"],
    "milter": DNS + LIBRARY + ["conf", "conf/import", "reporting", "dns/engine"],
    "examples": DNS + LIBRARY + ["dns/engine"],
}

SOCKETS = (r"#include <(sys/(socket|un|epoll|eventfd)|netinet/\w+|arpa/inet|netdb|poll)\.h>", "sockets")
FILES = (r"#include <(fstream|filesystem|fcntl\.h|sys/stat\.h|unistd\.h)>|\bfopen\(", "files")
CLOCK = (r"\b(system|steady|high_resolution)_clock::now\b|\b(std::time|gettimeofday|clock_gettime|time)\((nullptr|NULL|&)",
         "the clock: time is a parameter")
LIBMILTER = (r"#include [<\"](libmilter/)?mfapi\.h", "libmilter")
LOGS = (r"#include [<\"]spdlog/", "logs")
CARES = (r"#include [<\"]ares", "c-ares")
TOML = (r"#include [<\"]toml", "settings files")
# increment(error_code) is noexcept and allocates (conf/folder.h).
ITERATOR = (r"directory_iterator\b", "what ends the process when memory is gone")
# What all files below a folder must not say, and those that may all the same, with the reason.
FORBIDDEN = [
    ("dns/data", [SOCKETS, FILES, CLOCK, LIBMILTER, LOGS, CARES, TOML]),
    ("dns/wire", [SOCKETS, FILES, CLOCK, LIBMILTER, LOGS, CARES, TOML]),
    ("dns/zone", [SOCKETS, FILES, CLOCK, LIBMILTER, LOGS, CARES, TOML]),
    ("dns/table", [SOCKETS, FILES, CLOCK, LIBMILTER, LOGS, CARES, TOML]),
    ("dns/engine", [CARES, LIBMILTER, LOGS, TOML, ITERATOR]),
    ("verifier", [SOCKETS, FILES, CLOCK, LIBMILTER, LOGS, CARES, TOML]),
    ("conf", [SOCKETS, CLOCK, LIBMILTER, LOGS, CARES, ITERATOR]),
    ("reporting", [LIBMILTER, CARES]),
    ("cli", [LIBMILTER, LOGS, CARES, TOML]),
    ("milter", [LIBMILTER, CARES, TOML, ITERATOR]),
    ("examples", [LIBMILTER, LOGS, CARES, TOML]),
]
ALLOWED = {
    ("dns/engine/cares_channel.cpp", "c-ares"),  # one file pair knows it
    ("milter/glue.cpp", "libmilter"),            # translates and forwards
    ("dns/table/progress.cpp", CLOCK[1]),        # a thread of its own, that calls others with the time
    ("dns/data/address.cpp", "sockets"),         # inet_pton
    ("dns/zone/zone_file.cpp", "files"),         # reads one
}
TOP = ["dns", "verifier", "conf", "milter", "cli", "reporting", "examples"]
OURS = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def faults_of(path, text):
    """What is wrong with this file, in words; `path` with slashes, from the root."""
    room = path.rpartition("/")[0]
    if room.startswith("reporting/"):  # rooms among themselves; `program` is a program like those of cli/
        may = DNS + LIBRARY + ["dns/engine", "conf", "cli/shared", "cli"] if room == "reporting/program" else DNS + LIBRARY
    elif room in ROOMS:
        may = ROOMS[room]
    else:
        return [f"{path}: {room} is no room"]
    out = []
    for header in OURS.findall(text):
        other = header.rpartition("/")[0]
        among = room.startswith("reporting/") and (other == "reporting" or other.startswith("reporting/"))
        if other != room and other not in may and not (among and other != "reporting/program"):
            out.append(f"{path}: {room} must not include {header}")
    for folder, patterns in FORBIDDEN:
        if room != folder and not room.startswith(folder + "/"):
            continue
        for pattern, what in patterns:
            found = re.search(pattern, text)
            if found and (path, what) not in ALLOWED:
                out.append(f"{path}: {folder} must not know {what} ({found.group(0)})")
    return out


def check_the_checker():
    """Each rule must be one that can fail."""
    broken = [("dns/data/name.cpp", '#include "dns/wire/wire.h"'), ("dns/wire/wire.h", '#include "dns/table/table.h"'),
              ("dns/table/table.h", '#include "dns/engine/engine.h"'), ("dns/zone/zone.h", "#include <fstream>"),
              ("dns/engine/engine.h", "#include <ares.h>"), ("dns/engine/engine.h", '#include "verifier/verdict.h"'),
              ("dns/engine/engine.h", '#include "dns/zone/zone.h"'), ("dns/table/mailbox.cpp", "steady_clock::now()"),
              ("verifier/spf/macro.cpp", "#include <sys/socket.h>"), ("verifier/verification.cpp", "#include <fstream>"),
              ("verifier/dkim/verifier.cpp", "std::chrono::system_clock::now()"),
              ("verifier/spf/macro.h", "#include <spdlog/spdlog.h>"),
              ("verifier/policy/rule.h", "#include <libmilter/mfapi.h>"),
              ("verifier/spf/macro.h", '#include "verifier/dkim/verifier.h"'),
              ("verifier/message/from.h", '#include "conf/settings.h"'),
              ("verifier/arc/chain.h", '#include "dns/engine/service.h"'),
              ("verifier/report/json.h", '#include "milter/session.h"'), ("conf/load.h", '#include "milter/daemon.h"'),
              ("milter/session.cpp", "#include <libmilter/mfapi.h>"), ("milter/daemon.h", '#include "cli/ask.h"'),
              ("cli/main.cpp", '#include "milter/session.h"'), ("cli/shared/a.h", '#include "cli/ask.h"'),
              ("reporting/send/ask.h", '#include "cli/ask.h"'), ("reporting/log/line.h", '#include "milter/session.h"'),
              ("milter/figures.cpp", "recursive_directory_iterator"), ("conf/load.cpp", "fs::directory_iterator"),
              ("verifier/new/x.h", "")]
    return [f"this would not be seen: {path}: {text}" for path, text in broken if not faults_of(path, text)]


def main():
    root = pathlib.Path(sys.argv[1])
    faults = check_the_checker()
    files = [path for top in TOP for path in sorted((root / top).rglob("*")) if path.suffix in (".h", ".cpp")]
    for path in files:
        faults += faults_of(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    for fault in faults:
        print(fault)
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults or len(files) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
