"""Patterns that fit nothing are said, and names that no call has are refused."""

from dataclasses import replace

import pytest
from sample_run import sample

from ocoro.cli.errors import UsageError
from ocoro.cli.show.absence import notes
from ocoro.cli.show.select import Choice

RECORDED = "those recorded are blocked, lock, recv, send, sleep"


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), []),
        (Choice(["recv", "l*"], ["work.py", "elsewhere"]), []),
        (Choice(["accept"]), [f"--call=accept: no call of that name is recorded; {RECORDED}"]),
        (Choice(["recv", "acc*"]), [f"--call=acc*: no call of that name is recorded; {RECORDED}"]),
        (Choice(sites=["nope"]), ["--site=nope: no call at such a place is recorded"]),
        (Choice(["recv"], ["work.py"]), ["no call that is recorded fits both --call and --site"]),
    ],
)
def test_what_fits_nothing_is_said(choice, expected):
    assert list(notes(choice, [sample()])) == expected


def test_one_of_two_runs_is_enough():
    empty = replace(sample(), aggregates=[], coroutine_records=[])
    assert list(notes(Choice(["recv"]), [empty, sample()])) == []
    assert list(notes(Choice(["recv"]), [empty])) == ["--call=recv: no call of that name is recorded"]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("recieve", "did you mean recv?"),
        ("sleeep", "did you mean sleep?"),
        ("x?", "'ocoro stats --by=call' shows the names"),
    ],
)
def test_name_that_no_call_has_is_refused(pattern, hint):
    with pytest.raises(UsageError) as refused:
        list(notes(Choice([pattern]), [sample()]))
    assert refused.value.lines == (
        f"--call: there is no call {pattern!r}",
        f"no name of a call fits that; {RECORDED}",
        hint,
    )


@pytest.mark.parametrize("name", ["blocked", "preempted", "rescued"])
def test_what_is_no_call_has_a_name_too(name):
    empty = replace(sample(), aggregates=[], coroutine_records=[])
    assert len(list(notes(Choice([name]), [empty]))) == 1
