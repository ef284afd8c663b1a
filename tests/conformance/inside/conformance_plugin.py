"""A pytest plugin that writes down each result at once, as `cases.py` does. Ids are those of pytest, without spaces.

``PYTHONPATH`` leads here; the suite and the programs that it starts do not see that.
"""

import os
import sys
import time

import pytest
from cases import OUTCOMES, Log, orders, show_stacks_on

del os.environ["PYTHONPATH"]
sys.path.remove(os.path.dirname(__file__))

show_stacks_on(os.dup(2))  # before pytest captures what the descriptor 2 gets


class Reporter:
    def __init__(self, wanted: dict) -> None:
        self._module = wanted["module"]
        self._without, self._only = set(wanted["without"]), wanted["only"]
        self._log = Log(wanted["log"])
        self._clock = time.perf_counter
        self._outcome, self._error = "ok", ""
        self._began = 0.0

    def _id(self, nodeid: str) -> str:
        _, separator, inner = nodeid.partition("::")
        return f"{self._module}{separator}{'_'.join(inner.split())}"

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [each for each in items if self._wants(self._id(each.nodeid))]

    def _wants(self, case: str) -> bool:
        return case not in self._without and (self._only is None or case in self._only)

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            self._outcome, self._error = "ok", ""
            self._note(report)
            self._end(report.nodeid, 0.0)

    def pytest_runtest_logstart(self, nodeid):
        self._outcome, self._error = "ok", ""
        self._log.say("start", id=self._id(nodeid))
        self._began = self._clock()

    def pytest_runtest_logreport(self, report):
        self._note(report)

    def pytest_runtest_logfinish(self, nodeid):
        self._end(nodeid, self._clock() - self._began)

    def _note(self, report) -> None:
        outcome = _outcome(report)
        if OUTCOMES.index(outcome) < OUTCOMES.index(self._outcome):
            self._outcome, self._error = outcome, _error(report)

    def _end(self, nodeid: str, seconds: float) -> None:
        case = self._id(nodeid)
        self._log.say("end", id=case, outcome=self._outcome, seconds=round(seconds, 3), error=self._error)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        session.exitstatus = 0  # cases that fail are no bad end

    def pytest_unconfigure(self):
        self._log.say("done")


def _outcome(report) -> str:
    if hasattr(report, "wasxfail"):
        return "expected" if report.skipped else "ok"
    if report.failed:
        return "fail" if getattr(report, "when", "collect") == "call" else "error"
    return "skip" if report.skipped else "ok"


def _error(report) -> str:
    """What pytest says, and in the last line what was raised."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return f"{report.longreprtext}\n{' '.join(crash.message.split())}" if crash else report.longreprtext


def pytest_configure(config):
    config.pluginmanager.register(Reporter(orders()))
