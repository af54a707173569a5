"""A PostgreSQL server of our own: a temporary folder, a unix socket, another user than root; never the system's one."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time

USER = "nobody"


class Skip(Exception):
    """There is no server to be had here."""


class Postgres:
    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        if not found:
            raise Skip("PostgreSQL is not installed")
        programs = os.path.dirname(found[-1])
        self.folder = tempfile.mkdtemp(prefix="alignd-pg-")
        self.demote = {}
        if os.geteuid() == 0:  # the server refuses to be root
            user = pwd.getpwnam(USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.demote = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chmod(self.folder, 0o711)
        data = os.path.join(self.folder, "data")
        self.log = open(os.path.join(self.folder, "log"), "wb")  # closed with us
        try:
            subprocess.run([f"{programs}/initdb", "-D", data, "-U", "test", "-A", "trust", "--no-sync"], check=True,
                           stdout=self.log, stderr=self.log, cwd=self.folder, **self.demote)
            self.process = subprocess.Popen(
                [f"{programs}/postgres", "-D", data, "-k", self.folder, "-c", "listen_addresses="],
                stdout=self.log, stderr=self.log, cwd=self.folder, **self.demote)
            self.url = f"postgresql:///postgres?host={self.folder}&user=test"
            self._wait(f"{programs}/pg_isready")
        except BaseException:
            self.stop()
            raise

    def _wait(self, ready):
        for _ in range(300):
            if subprocess.run([ready, "-h", self.folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("PostgreSQL does not start: " + open(self.log.name, encoding="utf-8").read()[-2000:])

    def stop(self):
        process = getattr(self, "process", None)
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
