"""The grammar of strace's output, checked alike against strace itself and against ours."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

import pytest
from process import run

STAMP = r"\d\d:\d\d:\d\d\.\d{6}"
PREFIX = rf"(?:\[pid +(?P<pid>\d+)\] |(?P<file_pid>\d+) +)?{STAMP} "
STRING = r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?'
TEXT = rf'(?:{STRING}|[^"])*?'
STATUS = r"(?:\?|-?\d+|0x[0-9a-f]+)(?: E[A-Z0-9]+ \([^)]*\))?(?: \(.*\))?"
OUTCOME = rf"\) += (?P<status>{STATUS})(?: <\d+\.\d{{6}}>)?"
WHOLE = re.compile(rf"{PREFIX}(?P<call>[a-z]\w*)\({TEXT}{OUTCOME}")
BEGUN = re.compile(rf"{PREFIX}(?P<call>[a-z]\w*)\({TEXT} <unfinished \.\.\.>")
RESUMED = re.compile(rf"{PREFIX}<\.\.\. (?P<call>[a-z]\w*) resumed>{TEXT}{OUTCOME}")
ENDED = re.compile(rf"{PREFIX}(?:\+\+\+ (?:exited|killed) .* \+\+\+|--- SIG\w+ .* ---)")


@dataclass
class Shape:
    """What is found in a trace: names of calls, how many lines of each form, and lines of no form."""

    calls: list[str] = field(default_factory=list)
    forms: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    pids: set[str] = field(default_factory=set)
    open: dict[str, str] = field(default_factory=dict)  # by pid, the call whose line is unfinished

    def add(self, line: str) -> None:
        patterns = {"whole": WHOLE, "begun": BEGUN, "resumed": RESUMED, "ended": ENDED}
        form, match = next(
            ((name, match) for name, pattern in patterns.items() if (match := pattern.fullmatch(line))), ("", None)
        )
        if match is None:
            self.wrong.append(line)
            return
        self.forms[form] = self.forms.get(form, 0) + 1
        pid = match["pid"] or match["file_pid"] or ""
        self.pids.add(pid)
        if form == "resumed" and self.open.pop(pid, None) != match["call"]:
            self.wrong.append(f"resumes nothing: {line}")
        elif form in ("whole", "begun") and pid in self.open:
            self.wrong.append(f"begins within {self.open[pid]}: {line}")
        if form == "begun":
            self.open[pid] = match["call"]
        if form in ("whole", "begun"):
            self.calls.append(match["call"])


@pytest.fixture
def shape():
    """`shape(lines)`: what is found in lines of a trace; those of strace about itself are left out."""

    def shape(lines):
        found = Shape()
        for line in lines:
            found.add(line)
        return found

    return shape


@pytest.fixture
def environment(tmp_path):
    """The variables of a process that records into a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OCORO_", "XDG_"))}
    return kept | {"OCORO_DIR": str(tmp_path / "runs"), "TZ": "UTC", "PYTHONWARNINGS": "ignore"}


@pytest.fixture
def ocoro_trace(default_interpreter, environment, tmp_path):
    """`ocoro_trace(*arguments)` runs `ocoro trace` without the report, unless `report` is true."""

    def ocoro_trace(*arguments, report=False, env=(), **how):
        variables = environment | ({} if report else {"OCORO_QUIET": "1"}) | dict(env)
        command = [default_interpreter.path, "-P", "-m", "ocoro", "trace", *arguments]
        return run(command, env=variables, cwd=tmp_path, **how)

    return ocoro_trace
