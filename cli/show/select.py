"""Which calls of a run are looked at, and what they are summed by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ocoro.cli.recorded.histogram import Histogram
from ocoro.cli.recorded.model import BLOCKED, PREEMPTED, Aggregate, Site
from ocoro.cli.show import places

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from ocoro.cli.recorded.model import Run

OF_COROUTINES = frozenset(("lock", "queue"))  # what these calls wait for is done by another coroutine of the process


@dataclass(frozen=True, slots=True)
class Choice:
    """Calls by the patterns of --call and --site; without patterns, all of them."""

    calls: Sequence[str] = ()
    sites: Sequence[str] = ()

    def has(self, site: Site | None, directory: str) -> bool:
        """Whether the site is among them."""
        if not self.calls and not self.sites:
            return True
        if site is None:
            return False
        names = (site.place, places.place(site, directory))
        return _matches(self.calls, (site.call,), "{}") and _matches(self.sites, names, "*{}*")

    def of(self, run: Run) -> Run:
        """The run with these calls only; the numbers of the whole run stay."""
        return replace(
            run,
            aggregates=[each for each in run.aggregates if self.has(each.site, run.directory)],
            coroutine_records=[each for each in run.coroutine_records if self.has(each.site, run.directory)],
        )


def _matches(patterns: Sequence[str], names: Sequence[str], form: str) -> bool:
    if not patterns:
        return True
    return any(fnmatchcase(name, form.format(pattern)) for pattern in patterns for name in names)


def by_call(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """One aggregate for each kind of call, the largest sum of waits first."""
    return _merged(aggregates, lambda site: Site(0, site.call))


def by_site(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """One aggregate for each call at each line, the largest sum of waits first."""
    return _merged(aggregates, lambda site: replace(site, number=0))


def by_function(aggregates: Iterable[Aggregate]) -> list[Aggregate]:
    """One aggregate for each call in each function, as lines move when a program is changed."""
    return _merged(aggregates, lambda site: replace(site, number=0, line=0))


def _merged(aggregates: Iterable[Aggregate], key: Callable[[Site], Site]) -> list[Aggregate]:
    groups: dict[Hashable, Aggregate] = {}
    for each in aggregates:
        site = key(each.site)
        add(groups.setdefault(site, Aggregate(site, histogram=Histogram())), each)
    return sorted(groups.values(), key=lambda each: (-each.wait, -each.blocked, -each.calls, each.site.call))


def add(total: Aggregate, more: Aggregate) -> None:
    """Add the figures of one aggregate to another."""
    for name in ("calls", "waits", "errors", "bytes", "wait", "late", "blocked", "held"):
        setattr(total, name, getattr(total, name) + getattr(more, name))
    total.longest = max(total.longest, more.longest)
    total.histogram.add(more.histogram.counts.items())


def is_call(aggregate: Aggregate) -> bool:
    """Whether the program made a call there that is hooked."""
    return aggregate.site.call not in (BLOCKED, PREEMPTED)


def waits(run: Run) -> int:
    """How many waits there were."""
    return sum(each.waits for each in run.aggregates if is_call(each))


def one_at_a_time(run: Run) -> int:
    """Nanoseconds that the same would have taken without overlapping: all of the thread's work and all waits.

    Waits for another coroutine are left out: what that one does meanwhile is already counted.
    """
    return run.running + run.blocked + run.waits_so_far - of_coroutines(run)


def of_coroutines(run: Run) -> int:
    """Nanoseconds of waits for other coroutines."""
    going_on = sum(run.wall - each.since for each in run.going_on if each.site and each.site.call in OF_COROUTINES)
    return going_on + sum(each.wait for each in run.aggregates if each.site.call in OF_COROUTINES)
