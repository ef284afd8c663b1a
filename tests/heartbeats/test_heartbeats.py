"""A heart beats in a thread beside each blocking operation of the standard library, and the results are python's.

The operations are in the programs beside this file; most end only when the heart has beaten some times, see `heart.py`.
Without rescue, which would let the heart beat beside a call that has no hook.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from interpreters import Interpreter
from process import Result

HERE = Path(__file__).parent
PROGRAMS = {
    "threads": ("threads.py",),
    "sockets": ("sockets.py",),
    "files": ("files.py",),
    "processes": ("processes.py", "{folder}"),
    "computing": ("computing.py", "{folder}"),
    "fork": ("pools.py", "fork"),
    "spawn": ("pools.py", "spawn"),
    "forkserver": ("pools.py", "forkserver"),
}
ALL_BEAT = " beats"


@pytest.mark.parametrize("name", PROGRAMS)
def test_heart_beats(
    ocoro: Callable[..., Result],
    python: Callable[..., Result],
    interpreter: Interpreter,
    name: str,
    tmp_path: Path,
) -> None:
    said = []
    for launch, options in (python, ()), (ocoro, ("--quiet", "--rescue=off")):
        folder = tmp_path / launch.__name__
        folder.mkdir()
        file, *args = PROGRAMS[name]
        program = [str(HERE / file), *(each.format(folder=folder) for each in args)]
        done = launch(*options, "-W", "ignore", *program, interpreter=interpreter, limit=180)
        assert (done.err, done.status) == ("", 0), done
        said.append(done.out.splitlines())
    plain, ours = said
    assert [line for line in ours if not line.endswith(ALL_BEAT)] == [], "stand still"
    assert ours == plain


def test_they_are_as_many_as_the_ones_that_were_measured() -> None:
    """With native threads the heart beats beside 92 of 93, with gevent 50, with eventlet 54."""
    assert sum(path.read_text().count("\n@operation\n") for path in HERE.glob("*.py")) >= 93
