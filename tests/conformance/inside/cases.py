"""Runs the cases of one test module and writes down each result at once; the same under every launcher.

``CONFORMANCE_ORDERS`` names a JSON file: ``module``, ``log``, ``without`` (ids of cases to leave out) and ``only``
(ids, or null for all). The log gets one JSON object per line: ``start`` with an id; ``end`` with id, outcome, seconds
and error; ``done`` behind the last case. This file imports nothing of ocoro and nothing of its own folder.
"""

import faulthandler
import importlib
import json
import os
import signal
import sys
import time
import traceback
import unittest
from collections.abc import Iterator

# Worst first: a case counts as the worst that was said of it.
OUTCOMES = ("error", "fail", "unexpected", "skip", "expected", "ok")
# What the test suite calls resources, without the network, displays and disks of many gigabytes.
RESOURCES = ["cpu", "curses", "decimal", "subprocess", "tzdata", "walltime"]
MORE_RESOURCES = {"test.test_socketserver": ["network"]}  # means its own
SHOW_STACKS = signal.SIGRTMAX - 3

if __name__ in ("__main__", "__mp_main__"):  # here, and in child processes, which multiprocessing has import this file
    import test

    # Modules that some installations lack, though they have the code that these share.
    test.__path__.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "thin"))


class Log:
    """Opened for each line, so it holds no file descriptor that a test may count or close."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._owner = os.getpid()
        self._open, self._write, self._close, self._getpid = os.open, os.write, os.close, os.getpid
        self._dumps = json.dumps

    def say(self, what: str, **more: object) -> None:
        if self._getpid() != self._owner:
            return  # a forked child that came out of its test
        fd = self._open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._write(fd, self._dumps({"event": what, **more}).encode() + b"\n")
        self._close(fd)


class Result(unittest.TestResult):
    """What unittest reports, told to the log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._clock = time.perf_counter
        self._outcome, self._error = "ok", ""
        self._running = ""
        self._began = 0.0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._outcome, self._error = "ok", ""
        self._running = test.id()
        self._log.say("start", id=self._running)
        self._began = self._clock()

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        if self._running:  # 3.12.1 stops a skipped case, which it has not started
            self._end(self._running)
            self._running = ""

    def _end(self, case: str) -> None:
        seconds = round(self._clock() - self._began, 3)
        self._log.say("end", id=case, outcome=self._outcome, seconds=seconds, error=self._error)

    def _note(self, test: object, outcome: str, error: str = "") -> None:
        if OUTCOMES.index(outcome) < OUTCOMES.index(self._outcome) or not self._running:
            self._outcome, self._error = outcome, error
        if not self._running:  # a fixture of a class or module, or a case that was skipped before it started
            self._began = self._clock()
            self._end(test.id())  # type: ignore[attr-defined]

    def addError(self, test, error):
        self._note(test, "error", _text(error))

    def addFailure(self, test, error):
        self._note(test, "fail", _text(error))

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self._note(test, "fail", f"{subtest}\n{_text(error)}")

    def addSkip(self, test, reason):
        self._note(test, "skip", reason)

    def addExpectedFailure(self, test, error):
        self._note(test, "expected")

    def addUnexpectedSuccess(self, test):
        self._note(test, "unexpected", "passes, and is expected to fail")


def _text(error) -> str:
    try:
        return "".join(traceback.format_exception(*error))
    except Exception as another:
        return f"{error[0]!r} that cannot be shown ({another!r})"


def flat(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from flat(each)
        else:
            yield each


def orders() -> dict:
    with open(os.environ.pop("CONFORMANCE_ORDERS")) as file:
        return json.load(file)


def show_stacks_on(descriptor: int) -> None:
    """When a case hangs we are sent a signal, to say where every thread is."""

    def show(signum: int, frame: object) -> None:
        for ident, innermost in sys._current_frames().items():
            stack = "".join(traceback.format_stack(innermost)[-12:])
            os.write(descriptor, f"--- thread {ident}\n{stack}".encode())

    signal.signal(SHOW_STACKS, show)


def run(wanted: dict, log: Log) -> None:
    from test import support

    support.use_resources = RESOURCES + MORE_RESOURCES.get(wanted["module"], [])
    support.verbose = 0
    try:
        module = importlib.import_module(wanted["module"])
        suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    except unittest.SkipTest as reason:
        log.say("end", id=wanted["module"], outcome="skip", seconds=0, error=str(reason))
        return
    except Exception:
        log.say("end", id=wanted["module"], outcome="error", seconds=0, error=traceback.format_exc())
        return
    without, only = set(wanted["without"]), wanted["only"]
    chosen = [case for case in flat(suite) if case.id() not in without and (only is None or case.id() in only)]
    unittest.TestSuite(chosen).run(Result(log))


def main() -> None:
    del sys.path[0]  # the folder of this file
    wanted = orders()
    faulthandler.enable()
    show_stacks_on(2)
    log = Log(wanted["log"])
    run(wanted, log)
    log.say("done")


if __name__ == "__main__":
    main()
