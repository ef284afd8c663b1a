"""`ocoro stats`: where a recorded run spent its time."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ocoro.cli.errors import UsageError, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from ocoro.cli.recorded.model import Run
    from ocoro.cli.show.conditions import Condition
    from ocoro.cli.show.page import Page
    from ocoro.cli.show.select import Choice
    from ocoro.cli.show.views import View

FAILED_STATUS = 3  # a condition of --fail-if holds
BY = ("call", "site", "coroutine", "process")
FORMATS = ("json", "csv", "prometheus")

HELP = """\
Show where a recorded run spent its time: running, idle and blocked, which calls waited for how long, at which places,
and what blocked the thread.

RUN is the file of a recording, a process id, a name, or -2 for the run before the last. Without it, it is the newest
run, one that was started from this directory if there is any; it may still be running. 'ocoro runs' lists them all.
"""


@dataclass(slots=True)
class Request:
    """What the command line asks for."""

    choice: Choice
    name: str | None = None
    by: str = ""
    sort: str = ""
    top: int | None = None
    since: str = ""
    until: str = ""
    format: str = ""  # one of FORMATS, or empty for people
    against: str = ""
    conditions: list[Condition] = field(default_factory=list)
    color: str = "auto"


@dataclass(slots=True)
class Subject:
    """What is shown: a run or a window of it, of which rows may be about a choice of calls only."""

    run: Run
    chosen: Run  # with these calls only
    lasted: int  # nanoseconds; the whole
    window: tuple[int, int] | None  # nanoseconds from the start
    files: Sequence[str]  # of all processes of the run


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    from ocoro.cli import clicked

    return clicked.run(command(), arguments)


def command() -> click.Command:
    """The command as click sees it."""
    import click

    from ocoro.cli.show.argument import RunCommand
    from ocoro.cli.show.page import COLORS

    def option(name: str, text: str, **more: Any) -> click.Option:
        return click.Option([f"--{name}"], help=text, **more)

    return RunCommand(
        "stats",
        callback=_stats,
        help=HELP,
        params=[
            click.Argument(["run"], required=False),
            option("by", "A table by this instead of the summary.", type=click.Choice(BY)),
            option("sort", "Order the tables by this column.", metavar="COLUMN"),
            option("top", "Rows of each table; 0 shows all.", type=click.IntRange(min=0), metavar="N"),
            option("call", "Only calls of this name; * and ? stand for letters.", multiple=True, metavar="NAME"),
            option(
                "site",
                "Only calls at places like this: part of a file's or function's name.",
                multiple=True,
                metavar="PATTERN",
            ),
            option("since", "Leave out what was before: 1.5, 10ms, 2s or 50% from the start.", metavar="TIME"),
            option("until", "Leave out what was after.", metavar="TIME"),
            option("json", "JSON, with times in nanoseconds.", is_flag=True),
            option("csv", "Comma-separated values, with times in nanoseconds.", is_flag=True),
            option("prometheus", "Prometheus' text format, with times in seconds.", is_flag=True),
            option("against", "Compare with this run, which was before.", metavar="RUN"),
            option(
                "fail-if",
                "Exit with status 3 if this holds, such as 'blocked>50ms'.",
                multiple=True,
                metavar="CONDITION",
            ),
            option("color", "Colours: auto is on a terminal.", type=click.Choice(COLORS), default="auto"),
        ],
    )


def _stats(**given: Any) -> int:
    request = _request(given)
    subject = _subject(request)
    _write(request, subject)
    sys.stdout.flush()
    return FAILED_STATUS if _failed(request.conditions, subject.run) else 0


def _request(given: dict[str, Any]) -> Request:
    """The options, once they are known to go together."""
    from ocoro.cli.show import conditions, views
    from ocoro.cli.show.select import Choice

    formats = [name for name in FORMATS if given[name]]
    request = Request(
        Choice(given["call"], given["site"]),
        name=given["run"],
        by=given["by"] or "",
        sort=given["sort"] or "",
        top=given["top"],
        since=given["since"] or "",
        until=given["until"] or "",
        format="".join(formats[:1]),
        against=given["against"] or "",
        conditions=[conditions.parse(text) for text in given["fail_if"]],
        color=given["color"],
    )
    if len(formats) > 1:
        raise _contradiction(f"--{formats[0]}", f"--{formats[1]}", "both say how to write it down")
    _check(request)
    if request.sort:
        views.check_sort(views.VIEWS[request.by or "call"], request.sort)
    return request


def _check(request: Request) -> None:
    """UsageError for options that contradict each other."""
    is_prometheus = request.format == "prometheus"
    is_of_calls = request.by not in ("coroutine", "process")
    by = f"--by={request.by}"
    clashes = (
        (request.against and not is_of_calls, "--against", by, "two runs are compared by call or by site"),
        (request.against and request.sort, "--against", "--sort", "a comparison has the largest change first"),
        (request.against and is_prometheus, "--against", "--prometheus", "a time series is of one run"),
        (is_prometheus and not is_of_calls, "--prometheus", by, "its series are by call or by site"),
    )
    for is_clash, one, other, cause in clashes:
        if is_clash:
            raise _contradiction(one, other, cause)


def _contradiction(one: str, other: str, cause: str) -> UsageError:
    return UsageError(f"{one} and {other} do not go together", cause, "leave out one of them")


def _subject(request: Request) -> Subject:
    from ocoro.cli.recorded import runs

    path = str(runs.find(request.name))
    run, lasted, window = _read(path, request)
    if not request.against:
        _note_absence(request.choice, [run])
    return Subject(run, request.choice.of(run), lasted, window, [str(each) for each in runs.processes(path)])


def _read(path: str, request: Request, name: str = "") -> tuple[Run, int, tuple[int, int] | None]:
    """The run in a file or the window of it that was asked for, how long the whole lasted, and the window.

    Warnings begin with `name`, where more than one file is read.
    """
    from ocoro.cli.recorded import reader
    from ocoro.cli.show.window import cut

    has_window = bool(request.since or request.until)
    needs_events = has_window or not (request.by or request.against or request.format in ("csv", "prometheus"))
    run = reader.read(path, needs_events)
    for problem in run.problems:
        _warn(name + problem)
    if not has_window:
        return run, run.wall, None
    window = _window(run, request, name)
    return cut(run, *window), run.wall, window


def _window(run: Run, request: Request, name: str) -> tuple[int, int]:
    """From when to when, in nanoseconds from the start; warns if the events do not reach back so far."""
    from ocoro.cli.show import units
    from ocoro.cli.show.window import known_since

    since = units.moment(request.since or "0", run.wall, "--since")
    until = units.moment(request.until or "100%", run.wall, "--until")
    if since >= min(until, run.wall):
        raise UsageError(
            "there is no time between --since and --until",
            f"{since / 1e9:.3f} s is not before {until / 1e9:.3f} s; the run lasted {run.wall / 1e9:.3f} s",
            "--since is the earlier one, and before the end of the run",
        )
    known = known_since(run)
    if known > since:
        _warn(
            f"{name}{units.plural(run.dropped, 'event')} were dropped; what is known begins {known / 1e9:.3f} s"
            " after the start (ocoro run --trace keeps more)"
        )
    return min(max(since, known), run.wall), min(until, run.wall)


def _note_absence(choice: Choice, runs: Sequence[Run]) -> None:
    from ocoro.cli.show import absence

    for note in absence.notes(choice, runs):
        complain(f"note: {note}")


def _warn(text: str) -> None:
    complain(f"warning: {' '.join(text.split())}")


def _write(request: Request, subject: Subject) -> None:
    if request.against:
        _write_comparison(request, subject)
    elif request.format:
        _write_data(_machine_text(request, subject))
    else:
        _write_page(request, subject)


def _write_data(text: str) -> None:
    """For programs to read: UTF-8, whatever the locale says; a file name that is not comes out as it went in."""
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))


def _things(request: Request, subject: Subject, view: View) -> list[Any]:
    """What the rows of a view are about, in order, the first ones only if --top was given."""
    from ocoro.cli.show import views

    processes = _processes(request, subject) if view.name == "process" else ()
    sort = request.sort if request.by or view.name in ("call", "site") else ""
    things = views.ordered(view, view.things(subject.chosen, processes), subject.run, sort)
    return things[: request.top] if request.top else things


def _processes(request: Request, subject: Subject) -> list[Run]:
    """All processes of the run, or the same window of each, without those whose file cannot be read."""
    found = []
    for path in subject.files:
        if path == subject.run.path:
            found.append(subject.run)
            continue
        try:
            found.append(_read(path, request, f"{os.path.basename(path)}: ")[0])
        except UsageError as problem:
            _warn(f"{problem.lines[0]}: {problem.lines[1]}")
    return found


def _machine_text(request: Request, subject: Subject) -> str:
    from ocoro.cli.show import machine, prometheus

    view = machine.view_of(request.by)
    if request.format == "json":
        return machine.as_json(_document(request, subject))
    things = _things(request, subject, view)
    if request.format == "csv":
        return machine.as_csv(view, things, subject.run)
    return prometheus.text(subject.run, things)


def _document(request: Request, subject: Subject) -> dict[str, Any]:
    """With --by, the one list; else calls, sites, coroutines, and what blocked."""
    from ocoro.cli.show import machine, views

    document = machine.document(subject.run, subject.window)
    for name in (request.by,) if request.by else ("call", "site", "coroutine"):
        view = views.VIEWS[name]
        document[view.plural] = machine.rows(view, _things(request, subject, view), subject.run)
    if not request.by:
        document["blocking"] = machine.culprits(subject.chosen, request.top or 0)
    return document


def _write_page(request: Request, subject: Subject) -> None:
    from ocoro.cli.show import summary, views
    from ocoro.cli.show.page import Page

    page = Page(sys.stdout, request.color)
    summary.header(page, subject.run, subject.lasted, subject.window, 1 if request.by else len(subject.files))
    if summary.is_empty(subject.run, subject.lasted):
        return
    if not request.by:
        summary.shares(page, subject.run)
        _write_details(page, request, subject)
        return
    view = views.VIEWS[request.by]
    things = view.things(subject.chosen, _processes(request, subject) if request.by == "process" else ())
    page.line()
    summary.table(page, subject.run, view, things, request.sort, request.top or 0)


def _write_details(page: Page, request: Request, subject: Subject) -> None:
    from ocoro.cli.show import summary

    if subject.run.aggregates and not subject.chosen.aggregates:
        page.line()
        page.line(summary.NOTHING)
    else:
        summary.details(page, subject.chosen, request.top, request.sort)


def _write_comparison(request: Request, subject: Subject) -> None:
    from ocoro.cli.recorded import runs
    from ocoro.cli.show import compare, machine
    from ocoro.cli.show.page import Page

    path = str(runs.find(request.against))
    before = _read(path, request, f"{os.path.basename(path)}: ")[0]
    _note_absence(request.choice, [before, subject.run])
    by, top = request.by or "call", request.top or 0
    if request.format == "json":
        _write_data(machine.as_json(compare.document(before, subject.run, by, request.choice, top)))
    elif request.format == "csv":
        _write_data(compare.as_csv(before, subject.run, by, request.choice, top))
    else:
        compare.show(Page(sys.stdout, request.color), before, subject.run, by, request.choice, top)


def _failed(conditions: Sequence[Condition], run: Run) -> bool:
    """Whether any holds; says which and with what value."""
    failed = False
    for each in conditions:
        if each.is_about_nothing(run):
            _warn(f"--fail-if {each.text}: the run has no call {each.call}")
        problem = each.problem(run)
        if problem:
            complain(f"failed: {problem}")
            failed = True
    return failed
