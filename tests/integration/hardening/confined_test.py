#!/usr/bin/python3
"""What the units allow: the list under which all suites of these folders run alignd (lab/confined.py), and that it bites."""
import os
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

from lab import confined  # noqa: E402
from lab.testing import main  # noqa: E402

UNITS = Path(__file__).resolve().parents[3] / "systemd"
NEVER = ("ptrace process_vm_readv process_vm_writev pidfd_getfd mount umount2 pivot_root chroot unshare setns bpf perf_event_open keyctl "
         "add_key io_uring_setup io_setup userfaultfd memfd_create shmat mq_open setuid setresuid setgid capset init_module kexec_load "
         "reboot swapon settimeofday clock_settime personality fork vfork execveat symlink link mknod setxattr mlock "
         "sched_setscheduler setpriority chown fchown quotactl inotify_init1 timer_create setitimer splice copy_file_range").split()


def unit(name):
    return (UNITS / f"{name}.service.in").read_text()


class Confined(unittest.TestCase):
    def setUp(self):
        if not confined.available():
            self.skipTest("systemd-analyze or libseccomp is not installed")

    def run_confined(self, *command):
        return subprocess.run([os.environ["ALIGND_CONFINE"], *command], capture_output=True, text=True, check=False)

    def test_what_the_daemon_may_call(self):
        allowed = confined.calls(unit("alignd"), confined.groups())
        self.assertEqual(allowed.intersection(NEVER), set())
        self.assertLess(len(allowed), 220, "of 350 that @system-service without what needs a privilege would be")

    def test_both_units_of_the_daemon_confine_it_alike(self):
        one, many = (text[text.index("NoNewPrivileges"):].replace("-%i", "") for text in (unit("alignd"), unit("alignd@")))
        self.assertEqual(one, many)

    def test_the_reports_may_not_reach_for_others(self):
        allowed = confined.calls(unit("alignd-report"), confined.groups())
        self.assertEqual(allowed.intersection(("ptrace", "process_vm_readv", "mount", "bpf", "keyctl", "io_uring_setup", "setuid",
                                               "shmat", "mq_open", "mlock", "setpriority")), set())

    def test_it_bites(self):
        # All other suites could only pass if it did not.
        self.assertEqual(self.run_confined("/bin/ln", "-s", "a", "/nonexistent/b").returncode, -signal.SIGSYS)
        self.assertEqual(self.run_confined("/bin/true").returncode, 0)

    def test_the_daemon_itself_passes(self):
        done = self.run_confined(os.environ["ALIGND_PROGRAM"], "--version")
        self.assertEqual((done.returncode, done.stdout[:7]), (0, "alignd "))


if __name__ == "__main__":
    main()
