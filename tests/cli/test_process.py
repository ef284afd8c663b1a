"""What the program inherits from its caller through the launcher is what it inherits without it."""

import os
import signal
import subprocess

import pytest

SHOW_SIGNALS = """
import os, signal, subprocess, sys
def masks():
    with open("/proc/self/status") as file:
        return [line for line in file if line.startswith(("SigIgn", "SigBlk"))]
print(masks(), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGHUP))
os.system("grep -E 'SigIgn|SigBlk' /proc/self/status")
sys.stdout.flush()
subprocess.run(["grep", "-E", "SigIgn|SigBlk", "/proc/self/status"])
"""
# ocoro keeps its own files far above those that a program may count on.
SHOW_PROCESS = """
import os, sys
files = sorted(int(name) for name in os.listdir("/proc/self/fd"))
print([file for file in files if file < 1000], os.getcwd(), oct(os.umask(0)), os.nice(0), os.getsid(0) == os.getpid())
print(os.isatty(0), sys.stdin.read())
"""


@pytest.mark.parametrize("redirect", ["", "</dev/null", "2>&-", "<&- 2>&-", "5</dev/null"])
def test_process_state_is_like_python(python, ocoro, interpreter, redirect):
    how = {"interpreter": interpreter, "stdin": "text", "redirect": redirect}
    assert ocoro("--quiet", "-c", SHOW_PROCESS, **how) == python("-c", SHOW_PROCESS, **how)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there is no /proc/self/status here")
@pytest.mark.parametrize("ignored", ["", "INT HUP", "PIPE", "XFSZ TERM"])
def test_signals_are_like_python(interpreter, ignored):
    """The caller, a shell, ignores some signals."""
    traps = "".join(f"trap '' {name}; " for name in ignored.split())

    def shown(*launcher):
        command = ["sh", "-c", f'{traps}exec "$@"', "sh", interpreter.path, *launcher, "-c", SHOW_SIGNALS]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout, done.stderr, done.returncode

    assert shown("-P", "-m", "ocoro", "run", "--quiet") == shown()


def test_early_interrupt_ends_the_launcher_by_the_signal(python):
    code = (
        "import sys; from ocoro.cli import main, run\n"
        "def interrupted(arguments): raise KeyboardInterrupt\n"
        "run.main = interrupted; sys.argv = ['ocoro', 'run']; main.main()"
    )
    result = python("-c", code)
    assert (result.out, result.err, result.status) == ("", "", -signal.SIGINT)
