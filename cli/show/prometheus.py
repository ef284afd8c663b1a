"""A run as Prometheus' text exposition format 0.0.4: base units, one family after the other, labels escaped.

Waits are histograms. Their upper bounds are powers of two seconds, the same for every run, so series can be summed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocoro.cli.show.units import SECOND
from ocoro.cli.visible import visible
from ocoro.runtime.layout import FIRST_BUCKET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ocoro.cli.recorded.histogram import Histogram
    from ocoro.cli.recorded.model import Aggregate, Run

BIAS = 1023  # of the exponent of an IEEE double
BOUNDS = tuple(2.0**exponent for exponent in range(-20, 9))  # from 0.95 us to 256 s


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric family of the run as a whole."""

    name: str
    kind: str
    text: str
    value: Callable[[Run], float]


@dataclass(frozen=True, slots=True)
class CallFigure:
    """One metric family with a sample for each call."""

    name: str
    kind: str
    text: str
    value: Callable[[Aggregate], float]


RUN_FIGURES = (
    Figure("ocoro_start_time_seconds", "gauge", "Start of the run since 1970.", lambda run: run.started / SECOND),
    Figure("ocoro_wall_seconds", "gauge", "Elapsed time: running, idle and blocked.", lambda run: run.wall / SECOND),
    Figure("ocoro_running_seconds", "gauge", "Time a coroutine was on the thread.", lambda run: run.running / SECOND),
    Figure("ocoro_idle_seconds", "gauge", "Time everybody waited.", lambda run: run.idle / SECOND),
    Figure("ocoro_blocked_seconds", "gauge", "Time the thread was held.", lambda run: run.blocked / SECOND),
    Figure("ocoro_cpu_seconds", "gauge", "User and system time of the process.", lambda run: run.cpu / SECOND),
    Figure("ocoro_overlapped_ratio", "gauge", "Share of the waits that cost no time.", lambda run: run.overlapped),
    Figure("ocoro_coroutines_alive_most", "gauge", "Most coroutines at once.", lambda run: run.coroutines_most),
    Figure("ocoro_coroutines_total", "counter", "Coroutines that were started.", lambda run: run.coroutines),
    Figure("ocoro_switches_total", "counter", "Switches between coroutines.", lambda run: run.switches),
    Figure("ocoro_preemptions_total", "counter", "Turns that took too long.", lambda run: run.preemptions),
    Figure("ocoro_dropped_events_total", "counter", "Events no longer held.", lambda run: run.dropped),
)
CALL_FIGURES = (
    CallFigure("ocoro_calls_total", "counter", "Calls made.", lambda each: each.calls),
    CallFigure("ocoro_call_errors_total", "counter", "Calls that raised.", lambda each: each.errors),
    CallFigure("ocoro_call_bytes_total", "counter", "Bytes moved.", lambda each: each.bytes),
    CallFigure("ocoro_call_late_seconds_total", "counter", "From ready to resumed.", lambda each: each.late / SECOND),
    CallFigure("ocoro_call_blocked_seconds_total", "counter", "Thread held.", lambda each: each.blocked / SECOND),
    CallFigure("ocoro_call_held_seconds_total", "counter", "Others held up.", lambda each: each.held / SECOND),
)


def text(run: Run, aggregates: Sequence[Aggregate]) -> str:
    """All families; calls at sites have labels for these."""
    return "".join(f"{line}\n" for line in _lines(run, aggregates))


def _lines(run: Run, aggregates: Sequence[Aggregate]) -> Iterable[str]:
    about = {
        "run": run.run_id,
        "program": run.program,
        "pid": str(run.pid),
        "python": run.python,
        "state": run.state,
    }
    yield from _family("ocoro_run_info", "gauge", "Which run this is.")
    yield _sample("ocoro_run_info", about, 1)
    for figure in RUN_FIGURES:
        yield from _family(figure.name, figure.kind, figure.text)
        yield _sample(figure.name, {}, figure.value(run))
    if not aggregates:
        return
    for each in CALL_FIGURES:
        yield from _family(each.name, each.kind, each.text)
        for aggregate in aggregates:
            yield _sample(each.name, _labels(aggregate), each.value(aggregate))
    yield from _family("ocoro_wait_seconds", "histogram", "Waits: suspended until ready.")
    for aggregate in aggregates:
        yield from _histogram("ocoro_wait_seconds", _labels(aggregate), aggregate)


def _labels(aggregate: Aggregate) -> dict[str, str]:
    site = aggregate.site
    labels = {"call": site.call}
    if site.file:
        labels.update(file=site.file, line=str(site.line), function=site.function)
    return labels


def _histogram(name: str, labels: Mapping[str, str], aggregate: Aggregate) -> Iterable[str]:
    total = aggregate.histogram.total
    for bound, count in zip(BOUNDS, cumulated(aggregate.histogram), strict=True):
        yield _sample(f"{name}_bucket", {**labels, "le": repr(bound)}, count)
    yield _sample(f"{name}_bucket", {**labels, "le": "+Inf"}, total)
    yield _sample(f"{name}_sum", labels, aggregate.wait / SECOND)
    yield _sample(f"{name}_count", labels, total)


def cumulated(histogram: Histogram) -> list[int]:
    """For each bound, how many waits were shorter. Exact, as bounds are powers of two and so are buckets' ends."""
    ends = [(2.0 ** (((bucket + FIRST_BUCKET) >> 4) - BIAS + 1), count) for bucket, count in histogram.counts.items()]
    return [sum(count for end, count in ends if end <= bound) for bound in BOUNDS]


def _family(name: str, kind: str, help_text: str) -> Iterable[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{pairs}}} {value!r}" if pairs else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return "\\n".join(visible(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
