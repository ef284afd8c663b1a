"""--filter knows the name of every call that can be told."""

import pytest
from sample_run import sample

from ocoro.cli.errors import UsageError
from ocoro.cli.tracing.lines import Choice
from ocoro.cli.tracing.names import CALLS, MARKS, check
from ocoro.cli.tracing.recorded import names

TALLIES = """
import importlib, pkgutil
import ocoro.hooks, ocoro.runtime, ocoro.runtime.api
from ocoro.runtime.instance import scheduler
for package in (ocoro.hooks, ocoro.runtime, ocoro.runtime.api):
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
print(*scheduler.recorder.tallies)
"""


def test_calls_are_those_that_the_hooks_have_tallies_of(python):
    done = python("-c", TALLIES)
    assert done.status == 0, done
    assert set(done.out.split()) <= CALLS


def test_recorded_names_are_known():
    assert names(sample()) == {"sleep", "lock", "recv", "send", "spawn", "end", "preempt", "blocked"}
    assert names(sample()) <= CALLS | MARKS


@pytest.mark.parametrize("patterns", ["recv", "!recv", "re?v*, !s*", "*"])
def test_patterns_of_known_names_are_fine(patterns):
    check(Choice(filter=patterns), {"recv", "send"})


@pytest.mark.parametrize(
    ("patterns", "hint"),
    [
        ("recv,sendd", "did you mean send?"),
        ("!rec", "did you mean recv?"),
        ("xyz*", "ocoro-trace(1)"),
        ("end", "--filter=end RUN"),
        ("!", "ocoro-trace(1)"),
        (" , ", "ocoro-trace(1)"),
    ],
)
def test_other_patterns_are_refused(patterns, hint):
    with pytest.raises(UsageError) as problem:
        check(Choice(filter=patterns), {"recv", "send"})
    assert hint in problem.value.lines[2]
