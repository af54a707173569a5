"""What a program of a distribution has to have, read from its file by readelf."""
import re
import shutil
import subprocess

from .debian import Unavailable


def _readelf(option, path):
    return subprocess.run(["readelf", option, "--wide", path], capture_output=True, text=True, check=True).stdout


def _text_section(path):
    """The octets of the program's code."""
    found = re.search(r"\s\.text\s+PROGBITS\s+[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)", _readelf("--section-headers", path))
    offset, size = (int(number, 16) for number in found.groups())
    with open(path, "rb") as program:
        program.seek(offset)
        return program.read(size)


def is_stripped(path):
    return ".symtab" not in _readelf("--section-headers", path)


def _dynamic_symbols(path):
    return set(re.findall(r"\s([A-Za-z_]\w*)(?:@\S+)?(?: \(\d+\))?$", _readelf("--dyn-syms", path), re.MULTILINE))


def destroys_with_threads(path):
    """Whether an object is destroyed at each thread's end: the C library ends the process when it has no memory to note that."""
    return bool(_dynamic_symbols(path) & {"__cxa_thread_atexit", "__cxa_thread_atexit_impl"})


def shortcomings(path):
    """What `path` lacks, one text each; nothing for a program as it should be."""
    if shutil.which("readelf") is None:
        raise Unavailable("readelf (Debian: binutils) is not installed")
    header, segments, dynamic = (_readelf(o, path) for o in ("--file-header", "--program-headers", "--dynamic"))
    symbols, found = _dynamic_symbols(path), []

    def want(condition, what):
        if not condition:
            found.append(what)

    want("DYN" in header and re.search(r"FLAGS_1.*\bPIE\b", dynamic), "not position independent")
    want("GNU_RELRO" in segments, "no RELRO")
    want(re.search(r"\(FLAGS\).*BIND_NOW|\(BIND_NOW\)|FLAGS_1.*\bNOW\b", dynamic), "no BIND_NOW: its RELRO is partial")
    stack = re.search(r"GNU_STACK\s+(?:0x[0-9a-f]+\s+){5}([RWE ]+?)\s+0x", segments)
    want(stack and "E" not in stack[1], "an executable stack")
    want(not re.search(r"LOAD\s+(?:0x[0-9a-f]+\s+){5}RWE", segments), "a segment that is writable and executable")
    want("TEXTREL" not in dynamic, "relocations in the code")
    want(not re.search(r"\((RPATH|RUNPATH)\)", dynamic), "a path for libraries of its own")
    want("__stack_chk_fail" in symbols, "no stack protector")
    want(any(name.startswith("_ZSt21__glibcxx_assert_fail") for name in symbols), "no assertions of the C++ library")
    if "X86-64" in header:
        # The property of the whole program is for the linker to say, and Debian's own start files have it not: what the
        # compiler does is to mark what an indirect branch may jump to.
        want(_text_section(path).count(b"\xf3\x0f\x1e\xfa") > 100, "no marks of -fcf-protection")
    return found


def fortified(path):
    """The checked functions of the C library that it calls; a program that calls none of the kind has none."""
    return sorted(set(re.findall(r"\b__\w+_chk\b", _readelf("--dyn-syms", path))) - {"__stack_chk_fail"})
