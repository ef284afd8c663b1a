"""A run as one HTML page that needs nothing else: no network, no other file, and JavaScript only to sort and to zoom.

Whatever comes from the program is text to this page: escaped in the markup (`text`), without "<" in the JSON, and only
ever `textContent` in the script. Its own Content-Security-Policy admits the page's style and script by their hashes and
nothing else. So there is no `style` attribute: what has a width is drawn as SVG.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

from ocoro.cli.export import tables
from ocoro.cli.export.tables import COLOURS, calls_by_weight, duration, shown, swatch, text
from ocoro.cli.show.select import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, BinaryIO

    from ocoro.cli.recorded.model import Event, Run, Site

SUFFIX = ".html"
KINDS = ("wait", "call", "spawn", "end", "blocked", "preempt")  # numbered in the data; page.js has the same list
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def write(run: Run, file: BinaryIO) -> None:
    """Write the page, in UTF-8; what UTF-8 cannot say (lone surrogates in names) becomes an escape."""
    style, script = _part("page.css"), _part("page.js")
    page = Template(_part("page.html")).substitute(
        policy=_policy(style, script),
        style=style,
        script=script,
        title=text(f"{run.program} · ocoro"),
        program=text(run.program),
        origin=_origin(run),
        notices=_notices(run),
        summary=_summary(run),
        legend=_legend(run),
        blocked=tables.blocked(run),
        calls=tables.calls(run),
        sites=tables.sites(run),
        coroutines=tables.coroutines(run),
        data=json.dumps(_data(run), separators=(",", ":")).replace("<", "\\u003c"),
    )
    file.write(page.encode("utf-8", "backslashreplace"))


def _part(name: str) -> str:
    return (files("ocoro.cli.export") / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(source: str) -> str:
    return f"sha256-{b64encode(sha256(source.encode()).digest()).decode()}"


def _origin(run: Run) -> str:
    facts = (*_started(run.started), f"Python {run.python}", f"process {run.pid}", run.state)
    command = " ".join(run.command)
    return (
        f'<p class="origin"><code>{text(command)}</code> in <code>{text(run.directory)}</code></p>\n'
        f'<p class="origin">{" · ".join(map(text, facts))}</p>'
    )


def _started(nanoseconds: int) -> Iterable[str]:
    """The local date and time, and which local time that is, unless a damaged recording has none."""
    if not nanoseconds:
        return ()
    try:
        moment = (UNIX_EPOCH + timedelta(microseconds=nanoseconds // 1000)).astimezone()
    except (OverflowError, ValueError, OSError):
        return ()
    return (f"{moment:%Y-%m-%d %H:%M:%S %Z}",)


def _notices(run: Run) -> str:
    sentences = [*_endings(run), *run.problems]
    return f'<ul class="notices">{"".join(f"<li>{text(each)}</li>" for each in sentences)}</ul>' if sentences else ""


def _endings(run: Run) -> Iterable[str]:
    if run.state == "live":
        yield "The program was still running when this page was written."
    if run.state == "killed":
        yield "The program ended without saying so, as after kill -9. The numbers stop with the last thing it did."
    if run.dropped:
        events = "event is" if run.dropped == 1 else "events are"
        yield (
            f"{run.dropped:,} older {events} no longer in the recording: the timeline starts later than the run."
            " The sums and tables cover all of it."
        )


def _summary(run: Run) -> str:
    parts = (("running", run.running), ("idle", run.idle), ("blocked", run.blocked))
    facts = (
        ("wall", duration(run.wall)),
        ("waits, in sum", duration(run.waits)),
        ("overlapped", _percent(run.overlapped)),
        ("one at a time", duration(one_at_a_time(run))),
        ("CPU", duration(run.cpu)),
        ("coroutines", f"{run.coroutines:,}"),
        ("most at once", f"{run.coroutines_most:,}"),
        ("switches", f"{run.switches:,}"),
        ("preemptions", f"{run.preemptions:,}"),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    return (
        f'<p class="lead">{_lead(run)}</p>\n{_bar(parts)}\n{_shares(parts, run.wall)}\n<dl class="facts">{listed}</dl>'
    )


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _lead(run: Run) -> str:
    took = f"It took <strong>{duration(run.wall)}</strong>"
    if not run.waits:
        return f"{took} and never waited."
    return (
        f"{took}. One at a time it would have taken <strong>{duration(one_at_a_time(run))}</strong>:"
        f" <strong>{_percent(run.overlapped)}</strong> of the waits overlapped."
    )


def _bar(parts: Iterable[tuple[str, int]]) -> str:
    """Wall time as a bar; what is left over, as rounding may leave, stays empty."""
    total = sum(max(0, time) for _, time in parts) or 1
    rectangles, left = "", 0.0
    for name, time in parts:
        width = 100 * max(0, time) / total
        rectangles += f'<rect class="{name}" x="{left:.3f}%" width="{width:.3f}%" height="100%"/>'
        left += width
    label = ", ".join(f"{name} {duration(time)}" for name, time in parts)
    return f'<svg class="bar" role="img" aria-label="{text(label)}">{rectangles}</svg>'


def _shares(parts: Iterable[tuple[str, int]], wall: int) -> str:
    items = "".join(
        f'<li><i class="swatch {name}" aria-hidden="true"></i>{name} <b>{duration(time)}</b>'
        f" <span>{_percent(time / max(wall, 1))}</span></li>"
        for name, time in parts
    )
    return f'<ul class="parts">{items}</ul>'


def _legend(run: Run) -> str:
    states = (("running", "running"), ("late", "late: ready, not on the thread yet"), ("blocked", "blocked"))
    items = [f'<i class="swatch {style}" aria-hidden="true"></i>{name}' for style, name in states]
    waiting = [row.site.call for row in calls_by_weight(run) if row.wait]
    items += [f"{swatch(colour)}waiting in {text(call)}" for colour, call in enumerate(waiting[: COLOURS - 1])]
    if len(waiting) >= COLOURS:
        items.append(f"{swatch(COLOURS)}waiting in other calls")
    return f'<ul class="legend">{"".join(f"<li>{item}</li>" for item in items)}</ul>'


def _data(run: Run) -> dict[str, Any]:
    """What the timeline draws; lists stand side by side, one entry each per coroutine, per site or per event."""
    sites: dict[Site | None, int] = {None: -1}
    for part in (run.aggregates, run.coroutine_records, run.events):
        for each in part:
            sites.setdefault(each.site, len(sites) - 1)
    return {
        "wall": max(run.wall, max((each.end for each in run.events), default=0), 1),
        "horizon": min((each.end for each in run.events), default=0) if run.dropped else 0,
        "calls": [shown(row.site.call) for row in calls_by_weight(run)],
        "sites": [[shown(site.call), shown(site.place)] for site in sites if site],
        "coroutines": _coroutines(run, sites),
        "events": _events(run.events, sites),
    }


def _coroutines(run: Run, sites: dict[Site | None, int]) -> list[tuple[int, str, int, int, str, int, int]]:
    """Number, name, start, end, state, in that state since, site; from the events alone where there is no record."""
    spans: dict[int, tuple[int, int]] = {}
    for event in run.events:
        start, end = spans.get(event.coroutine, (event.start, event.end))
        spans[event.coroutine] = min(start, event.start), max(end, event.end)
    rows = {number: (number, f"coroutine {number}", *span, "ended", 0, -1) for number, span in spans.items()}
    for each in run.coroutine_records:
        end = run.wall if each.ended is None else each.ended
        rows[each.number] = (each.number, shown(each.name), each.started, end, each.state, each.since, sites[each.site])
    return [rows[number] for number in sorted(rows)]


def _events(events: list[Event], sites: dict[Site | None, int]) -> dict[str, list[Any]]:
    """`ready` counts from `start`, and `end` from `ready`, which saves digits; `text` is a place in `texts`."""
    texts: dict[str, int] = {}
    return {
        "kind": [KINDS.index(each.kind) for each in events],
        "coroutine": [each.coroutine for each in events],
        "start": [each.start for each in events],
        "ready": [each.ready - each.start for each in events],
        "end": [each.end - each.ready for each in events],
        "site": [sites[each.site] for each in events],
        "waker": [each.waker for each in events],
        "fd": [each.fd for each in events],
        "value": [each.value for each in events],
        "text": [texts.setdefault(each.text, len(texts)) for each in events],
        "texts": [shown(each) for each in texts],
    }
