"""Another time of day for one process: libfaketime, preloaded."""
from pathlib import Path

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)  # None: it is not installed


def environment(offset):
    """What is added to the environment of a process whose clock is off by what the file `offset` says ("+3600")."""
    clear()
    return {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1"}


def clear():
    """Removes what libfaketime keeps for processes that have ended: it leaves that behind where a program is replaced by
    another (exec) or killed, and a process that is given the same number later cannot have its own."""
    for kind in ("sem.faketime_sem_", "faketime_shm_"):
        for left in Path("/dev/shm").glob(f"{kind}*"):
            if not Path(f"/proc/{left.name.removeprefix(kind)}").exists():
                left.unlink(missing_ok=True)
