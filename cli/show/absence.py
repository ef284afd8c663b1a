"""Patterns of --call and --site that fit nothing of a run, or of two that are compared."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.model import BLOCKED, PREEMPTED
from ocoro.cli.show.select import Choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocoro.cli.recorded.model import Run, Site


def notes(choice: Choice, runs: Sequence[Run]) -> Iterable[str]:
    """What nothing recorded fits, as sentences; UsageError for a name that no call has in any run."""
    names = sorted({site.call for run in runs for site in _sites(run)})
    calls = [each for each in choice.calls if not _fits(Choice([each]), runs)]
    places = [each for each in choice.sites if not _fits(Choice(sites=[each]), runs)]
    for pattern in calls:
        _check(pattern, names)
        yield f"--call={pattern}: no call of that name is recorded{_others(names)}"
    for pattern in places:
        yield f"--site={pattern}: no call at such a place is recorded"
    if choice.calls and choice.sites and not (calls or places or _fits(choice, runs)):
        yield "no call that is recorded fits both --call and --site"


def _sites(run: Run) -> list[Site]:
    last = [each.site for each in run.coroutine_records if each.site]
    return [*(each.site for each in run.aggregates), *last]


def _fits(choice: Choice, runs: Sequence[Run]) -> bool:
    return any(choice.has(site, run.directory) for run in runs for site in _sites(run))


def _check(pattern: str, recorded: list[str]) -> None:
    """UsageError unless some run may have a call of such a name."""
    from ocoro.cli.tracing.names import CALLS

    known = {*CALLS, *recorded, BLOCKED, PREEMPTED, "rescued"}
    if any(fnmatchcase(name, pattern) for name in known):
        return
    close = get_close_matches(pattern.strip("*?"), sorted(known), 1)
    raise UsageError(
        f"--call: there is no call {pattern!r}",
        f"no name of a call fits that{_others(recorded)}",
        f"did you mean {close[0]}?" if close else "'ocoro stats --by=call' shows the names",
    )


def _others(names: list[str]) -> str:
    return f"; those recorded are {', '.join(names)}" if names else ""
