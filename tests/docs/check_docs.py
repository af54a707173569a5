#!/usr/bin/env python3
"""Holds the project's pages to its sources: decisions that the code cites exist, the RFC index names files that exist
and knows every section that the code cites, tests that are named as proof are there, alignd-check(1) has a row for every
diagnosis and every check of a list, alignd.toml(5) agrees with the
shipped file and the Debian package with the build. Prints what is wrong; status 0 when nothing is."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["dns", "verifier", "conf", "milter", "cli", "reporting", "tests", "man", "systemd", "demo", "examples"]
ENDINGS = {".cpp", ".h", ".py", ".toml", ".txt", ".in", ".5", ".8", ".1", ".md"}
# The RFCs that the index holds whole; of others (DNS, IDNA, message format) the code cites what it needs.
INDEXED = {"6376", "8301", "8463", "7208", "8601", "8616", "8617", "9989", "9990", "9991"}

SECTION = r"(?:appendix [A-Z](?:\.\d+)*|\d+(?:\.\d+)*)"
CITATION = re.compile(rf"RFC (\d{{4}}) (sections? |(?=appendix ))({SECTION}(?:(?:, | and |, and | to ){SECTION})*)")


def sources():
    for folder in FOLDERS:
        base = ROOT / folder
        if not base.is_dir():
            continue
        for path in sorted(base.rglob("*")):
            if path.is_file() and path.suffix in ENDINGS and "corpus" not in path.parts and path != pathlib.Path(__file__).resolve():
                yield path, path.read_text(encoding="utf-8", errors="replace")
    yield ROOT / "README.md", (ROOT / "README.md").read_text(encoding="utf-8")


def unwrapped(text):
    """Comments break lines where they like: a citation may go on behind the next comment sign."""
    return re.sub(r"\s*\n\s*(?://[/!]?|\*|#)?\s*", " ", text)


def check_decisions(texts):
    design = (ROOT / "DESIGN.md").read_text(encoding="utf-8")
    decisions = design.split("\n## Decisions\n", 1)[1].split("\n## ", 1)[0]
    known = set(re.findall(r"^(\d+)\. ", decisions, re.M))
    cited = 0
    for path, text in texts:
        for numbers in re.findall(r"DESIGN\.md,? decisions? (\d+(?:(?:, | and |, and | to )\d+)*)", text):
            for number in re.findall(r"\d+", numbers):
                cited += 1
                if number not in known:
                    yield f"{path.relative_to(ROOT)}: DESIGN.md has no decision {number}"
    if cited == 0:
        yield "no source cites a decision: is the pattern of this check still right?"


def read_index():
    """{rfc: {section}} and the files that are named."""
    known, files, rfc = {}, set(), None
    for line in (ROOT / "rfc-index.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## RFC "):
            rfc = re.findall(r"\d{4}", line)[0]
        elif line.startswith("| ") and rfc and not line.startswith("| section"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) != 5:
                sys.exit(f"rfc-index.md: a row of {len(cells)} cells: {line}")
            own = re.match(r"(\d{4}) (.*)", cells[0])
            known.setdefault(own[1] if own else rfc, set()).add(own[2] if own else cells[0])
            files.update(re.findall(r"`([^`]*/[^`]*)`", cells[3] + cells[4]))
    return known, files


def check_index(texts):
    known, files = read_index()
    for name in sorted(files):
        if not (ROOT / name).exists():
            yield f"rfc-index.md names {name}, which does not exist"
    cited = 0
    for path, text in texts:
        for rfc, _, sections in CITATION.findall(text):
            for section in re.findall(SECTION, sections) if rfc in INDEXED else []:
                cited += 1
                if section not in known.get(rfc, set()):
                    yield f"{path.relative_to(ROOT)}: rfc-index.md does not know RFC {rfc} section {section}"
    if cited == 0:
        yield "no source cites an RFC: is the pattern of this check still right?"


GTEST = re.compile(r"\bTEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)")
PYTHON_CLASS = re.compile(r"^class (\w+)|^    def (test_\w+)", re.M)


def known_tests():
    """Names as pages write them: Suite.Name of GoogleTest; test_name and Class.test_name of Python; CTest's; fuzz targets."""
    names = set()
    for path in sorted((ROOT / "tests").rglob("*_test.*")):
        text, inside = path.read_text(encoding="utf-8", errors="replace"), ""
        names.update(f"{suite}.{name}" for suite, name in GTEST.findall(text))
        for klass, test in PYTHON_CLASS.findall(text) if path.suffix == ".py" else []:
            inside = klass or inside
            if test:
                names.update((test, f"{inside}.{test}"))
    for path in sorted((ROOT / "tests" / "fuzz").rglob("fuzz_*.cpp")):
        names.update((path.stem, path.stem.removeprefix("fuzz_")))
    for path in sorted((ROOT / "tests").rglob("CMakeLists.txt")):
        text = path.read_text(encoding="utf-8")
        # CTest's are often put together there: label.part.
        names.update(f"{label}.{part}" for label in ("unit", "integration", "conformance", "bench") for part in re.findall(r"\w+", text))
    return names


def check_tests():
    """Tests that pages name as proof are there: `Suite.Name`, `Suite.*`, `test_name`, `Class.test_name`."""
    known = known_tests()
    cited = 0
    for page in ("tests/README.md", "tests/integration/README.md", "SECURITY.md"):
        rows = [line for line in (ROOT / page).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        for name in (name for row in rows for name in re.findall(r"`([A-Za-z]\w*\.(?:\w+|\*)|test_\w+)`", row.rsplit("|", 2)[-2])):
            cited += 1
            matches = name[:-1] if name.endswith("*") else None
            if not any(k.startswith(matches) if matches else k == name or k.startswith(name + ".") for k in known):
                yield f"{page}: there is no test {name}"
    if cited == 0:
        yield "no page names a test: is the pattern of this check still right?"


def check_attacks():
    """SECURITY.md has a row with a test for each of T1 to T50; and no test writes to a fixed place that others may take (T28)."""
    rows = re.findall(r"^\| (T\d+) \| .*`.*` ?.*\|$", (ROOT / "SECURITY.md").read_text(encoding="utf-8"), re.M)
    for number in range(1, 51):
        if rows.count(f"T{number}") != 1:
            yield f"SECURITY.md: no row with a test, or several, for T{number}"
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix in {".cpp", ".h", ".py"} and path != pathlib.Path(__file__).resolve():
            for place in re.findall(r"[\"']/tmp/[^\"']*", path.read_text(encoding="utf-8", errors="replace")):
                if not place.endswith("XXXXXX"):
                    yield f"{path.relative_to(ROOT)}: {place} is a place for everybody"


def check_links():
    """Relative links in the pages of the root lead somewhere."""
    tracked = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in tracked or ["README.md", "DESIGN.md"]:
        text = re.sub(r"(`+).+?\1", "", (ROOT / name).read_text(encoding="utf-8"))  # a lambda in code is no link
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            if not (ROOT / name).parent.joinpath(target).exists():
                yield f"{name}: the link to {target} leads nowhere"


def rows(page, section):
    """The words in bold of one section of a manual page."""
    text = (ROOT / "man" / page).read_text(encoding="utf-8")
    part = re.search(rf"^\.SH {section}$(.*?)(?=^\.SH |\Z)", text, re.MULTILINE | re.DOTALL)
    lines = re.findall(r"^\.B[A-Z]? (.*)$", part.group(1) if part else "", re.MULTILINE)
    return set(re.findall(r"[a-z][a-z_]*", " ".join(lines)))


def check_diagnoses():
    """What the code finds has its sentence and its row, and no sentence is for what nobody finds."""
    files = [(ROOT / "verifier/dkim" / name).read_text(encoding="utf-8") for name in ("diagnosis.cpp", "body_diagnosis.cpp")]
    said = [part for text in files for part in re.findall(r"(?:\.add\(|return )([^;]*);", text)]
    found = {word for part in said for word in re.findall(r'"([a-z][a-z_]*)(?:=[a-z]*)?"', part)}
    sentences = set(re.findall(r'\{"([a-z_]+)(?:=[a-z]+)?",\s*"', files[0]))
    if len(found) < 14:
        yield f"diagnosis.cpp: only {len(found)} diagnoses were recognised"
    for word in sorted(found ^ sentences):
        yield f"diagnosis.cpp: {word} is not both found and told"
    for word in sorted(found - rows("alignd-check.1", "DIAGNOSES")):
        yield f"alignd-check.1: no row for the diagnosis {word}"


def check_checklists():
    page = (ROOT / "man/alignd-check.1").read_text(encoding="utf-8")
    names = set()
    for path in sorted((ROOT / "cli").glob("*_checks.cpp")) + [ROOT / "cli/domain_command.cpp"]:
        names |= set(re.findall(r'(?:list_|list\(\)|list)\.(?:pass|note|warn|fail|add)\(\s*"([a-z_]+)"',
                                path.read_text(encoding="utf-8")))
    if len(names) < 25:
        yield f"cli: only {len(names)} checks were recognised"
    for name in sorted(names):
        if not re.search(rf"(?<![a-z_]){name}(?![a-z_])", page):
            yield f"alignd-check.1: the check {name} is not told"


def shown_settings(text, section, setting):
    """[(section, key, default)] of a page, in its order; `section` and `setting` are patterns."""
    found, inside = [], ""
    for match in re.finditer(rf"{section}|{setting}", text, re.M):
        if match["section"]:
            inside = match["section"]
        else:
            found.append((inside, match["key"], match["value"]))
    return found


def check_settings():
    """alignd.toml(5) and the shipped file have the same keys with the same defaults, in the same order."""
    shipped = shown_settings((ROOT / "conf/alignd.toml").read_text(encoding="utf-8"), r"^\[(?P<section>\w+)\]$",
                             r"^#(?P<key>\w+) = (?P<value>.*)$")
    page = (ROOT / "man/alignd.toml.5").read_text(encoding="utf-8").replace("\\(dq", '"').replace("\\-", "-")
    told = shown_settings(page, r'^\.SH "\[(?P<section>\w+)\]"$', r"^\.RS\n\.B (?P<key>\w+)\n(?:= (?P<value>.*)\n\.RE$)?")
    if len(shipped) < 100:
        yield f"conf/alignd.toml: only {len(shipped)} settings were recognised"
    for one in shipped:
        if one not in told:
            yield f"alignd.toml.5: [{one[0]}] {one[1]} = {one[2]} of the shipped file is not told so"
    for one in told:
        if one not in shipped:
            yield f"alignd.toml.5: [{one[0]}] {one[1]} = {one[2]} is not in the shipped file"
    if not set(shipped) ^ set(told) and shipped != told:
        yield "alignd.toml.5: another order than in the shipped file"


def check_package():
    """The Debian package has the project's version, and is built with what tests/packages.txt says."""
    version = re.search(r"^project\(\w+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.M)[1]
    packaged = re.match(r"alignd \((\S+)\)", (ROOT / "debian/changelog").read_text(encoding="utf-8"))[1]
    if version != packaged:
        yield f"debian/changelog is of {packaged}, CMakeLists.txt of {version}"
    control = (ROOT / "debian/control").read_text(encoding="utf-8").split("\n\n")[0]
    listed = re.search(r"^\[build\]\n(.*?)\n\n", (ROOT / "tests/packages.txt").read_text(encoding="utf-8"), re.M | re.S)[1].split()
    for package in sorted(set(listed) - {"g++", "pkg-config"}):  # build-essential has the one, pkgconf is the other
        if not re.search(rf"^ {re.escape(package)}\b", control, re.M):
            yield f"debian/control does not build with {package}, tests/packages.txt does"


def main():
    texts = [(path, unwrapped(text)) for path, text in sources()]
    faults = [*check_decisions(texts), *check_index(texts), *check_tests(), *check_links(), *check_diagnoses(),
              *check_checklists(), *check_package(), *check_attacks(),
              *check_settings()]
    for fault in sorted(set(faults)):
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
