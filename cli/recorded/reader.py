"""Reads a recording: of a run that has ended, that goes on, or that was killed.

Nothing in the file is trusted. What is damaged is left out and said in a sentence (`Run.problems`); the rest is read.
The sums of a site are as old as its last fold; what happened later is in the flight recorder and is added here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.histogram import bucket_of
from ocoro.cli.recorded.model import MAIN, Aggregate, CoroutineRecord, Event, Run, Site
from ocoro.runtime import layout
from ocoro.runtime.layout import BLOCK, COROUTINE, EVENT, HEADER, PLACE, SITE_SIZE, SUMS, TOTAL

LARGEST = 4 << 30  # bytes; no recording is so large
LONGEST = 1e10  # seconds; times beyond are damage
KINDS = {
    layout.WAIT: "wait",
    layout.CALL: "call",
    layout.SPAWN: "spawn",
    layout.END: "end",
    layout.BLOCK_HELD: "blocked",
    layout.PREEMPT: "preempt",
}
STATES = {layout.RUNNING: "running", layout.READY: "ready", layout.WAITING: "waiting", layout.OVER: "ended"}
KNOWN = {
    layout.TOTALS: TOTAL.size,
    layout.TEXTS: 1,
    layout.SITES: SITE_SIZE,
    layout.COROUTINES: COROUTINE.size,
    layout.EVENTS: EVENT.size,
}


def read(path: str, events: bool = True) -> Run:
    """The run recorded in the file `path`; without `events` these are left out, which is quicker.

    UsageError when the file cannot be read or is no recording at all.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST)
    except OSError as problem:
        raise UsageError(
            f"cannot read {path}", problem.strerror or str(problem), "'ocoro runs' lists the recordings"
        ) from None
    if data[: len(layout.MAGIC)] != layout.MAGIC or len(data) < HEADER.size:
        raise UsageError(
            f"{path} is no recording of ocoro", "it does not begin as one", "'ocoro runs' lists the recordings"
        )
    return _Reader(path, data).run(events)


class _Reader:
    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.problems: list[str] = []
        header = HEADER.unpack_from(data)
        _, version, self.page, self.pid, self.parent, self.started, self.begin, self.state = header
        if version != layout.VERSION:
            self.problems.append(f"the file has format version {version}; this ocoro reads version {layout.VERSION}")
        if not 0 <= self.begin < LONGEST:
            self.problems.append("the time of the start is damaged; times are counted from the first event")
            self.begin = 0.0
        if not 0 <= self.started < 1 << 62:
            self.started = 0
        self.sites: dict[int, Site] = {}
        self.folded_at: dict[int, float] = {}

    # -- the whole ---------------------------------------------------------------------------------------------------

    def run(self, with_events: bool) -> Run:
        blocks = self._blocks()
        description = self._description()
        totals = self._totals(blocks)
        aggregates = self._aggregates(blocks)
        events = self._events(blocks)
        self._add_unfolded(aggregates, events)
        records = self._coroutines(blocks)
        run = Run(
            path=self.path,
            run_id=description.get("run", ""),
            pid=self.pid,
            parent=self.parent,
            program=description.get("program", ""),
            command=tuple(description.get("command", "").split("\x1f")),
            directory=description.get("directory", ""),
            python=description.get("python", ""),
            started=self.started,
            state=self._state(),
            wall=0,
            cpu=_nanoseconds(totals[2]),
            running=0,
            idle=_nanoseconds(totals[1]),
            blocked=_nanoseconds(totals[4]),
            switches=totals[6],
            preemptions=totals[7],
            coroutines=max(totals[8], 1),
            coroutines_most=max(totals[9], 1),
            aggregates=_completed(aggregates),
            coroutine_records=records,
            events=events,
            problems=self.problems,
        )
        self._settle_times(run, totals)
        if run.state == "ended":
            _end_main(run)
        waits = sum(aggregate.waits for aggregate in aggregates)
        run.dropped = max(0, waits - sum(event.kind == "wait" for event in events))
        if not with_events:
            run.events = []
        return run

    def _settle_times(self, run: Run, totals: tuple[float, ...]) -> None:
        """Make wall = running + idle + blocked hold for what is known of the end."""
        at = self._since_start(totals[0])
        end = max([at, *(event.end for event in run.events[-1:])])
        if run.state == "live":
            end = max(end, _nanoseconds(time.monotonic() - self.begin))
        if totals[10] == 1 and end > at:
            run.idle += end - at  # the hub went to sleep then
        run.wall = max(end, run.idle + run.blocked)
        run.running = run.wall - run.idle - run.blocked

    def _state(self) -> str:
        if self.state == layout.ENDED:
            return "ended"
        return "live" if self.pid and os.path.exists(f"/proc/{self.pid}") else "killed"

    # -- the file's structure ----------------------------------------------------------------------------------------

    def _blocks(self) -> list[tuple[bytes, int, int]]:
        """Tag, offset of the records and end of each block that can be read."""
        found = []
        at, end = layout.PAGE, len(self.data)
        while at + BLOCK.size <= end:
            tag, version, record, length = BLOCK.unpack_from(self.data, at)
            if length < BLOCK.size or not (tag.isalnum() and tag.isupper()):
                self.problems.append(f"what follows byte {at:,} is damaged and left out")
                break
            if tag in KNOWN and version == layout.VERSION and record == KNOWN[tag] & 0xFFFF:
                found.append((tag, at + BLOCK.size, min(at + length, end)))
            if at + length > end:
                self.problems.append(f"the file is cut short: {at + length - end:,} bytes are missing at its end")
            at += length
        if layout.EVENTS not in {tag for tag, _, _ in found}:
            self.problems.append("the flight recorder is missing")
        return found

    def _records(self, blocks: list[tuple[bytes, int, int]], tag: bytes) -> Iterator[int]:
        """Offsets of the records of all blocks with this tag."""
        size = KNOWN[tag]
        for each, begin, end in blocks:
            if each == tag:
                yield from range(begin, end - size + 1, size)

    def _description(self) -> dict[str, str]:
        area = self.data[layout.DESCRIPTION : layout.PAGE].split(b"\0")[0].decode("utf-8", "surrogateescape")
        pairs = (line.partition("=") for line in area.split("\n"))
        return {key: _unescaped(value) for key, equals, value in pairs if equals}

    def _text(self, offset: int) -> str:
        if not layout.PAGE <= offset < len(self.data):
            return ""
        end = self.data.find(b"\0", offset, offset + layout.PAGE)
        return self.data[offset:end].decode("utf-8", "replace") if end >= 0 else ""

    def _since_start(self, at: float) -> int:
        """Nanoseconds from the start of the run to a reading of its clock; 0 for what cannot be one."""
        seconds = at - self.begin
        return round(seconds * 1e9) if 0 <= seconds < LONGEST else 0

    # -- the sections ------------------------------------------------------------------------------------------------

    def _totals(
        self, blocks: list[tuple[bytes, int, int]]
    ) -> tuple[float, float, float, float, float, int, int, int, int, int, int]:
        for at in self._records(blocks, layout.TOTALS):
            totals = TOTAL.unpack_from(self.data, at)
            if all(0 <= value < LONGEST for value in totals[:5]) and all(value < 1 << 60 for value in totals[5:]):
                return totals
            self.problems.append("the sums of the run are damaged")
            break
        return self.begin, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0

    def _aggregates(self, blocks: list[tuple[bytes, int, int]]) -> list[Aggregate]:
        result, damaged = [], 0
        for number, at in enumerate(self._records(blocks, layout.SITES), start=1):
            call, file, function, line = PLACE.unpack_from(self.data, at)
            if not call:
                continue
            site = Site(number, self._text(call), self._text(file), line, self._text(function))
            self.sites[number] = site
            sums = SUMS.unpack_from(self.data, at + PLACE.size)
            times = sums[4:9]
            if (
                not site.call
                or line >= 1 << 31
                or not all(0 <= value < LONGEST for value in times)
                or any(not 0 <= count < 1 << 60 for count in sums[:4])
            ):
                damaged += 1
                continue
            self.folded_at[number] = sums[9]
            aggregate = Aggregate(site, *sums[:4], *map(_nanoseconds, times))
            counts = memoryview(self.data)[at + PLACE.size + SUMS.size : at + SITE_SIZE].cast("I")
            aggregate.histogram.add((bucket, count) for bucket, count in enumerate(counts) if count)
            result.append(aggregate)
        if damaged:
            self.problems.append(f"the sums of {damaged} call sites are damaged and left out")
        return result

    def _coroutines(self, blocks: list[tuple[bytes, int, int]]) -> list[CoroutineRecord]:
        result = []
        for at in self._records(blocks, layout.COROUTINES):
            number, state, site, waits, started, ended, since, wait, late, name = COROUTINE.unpack_from(self.data, at)
            if number == 0 or state not in STATES or not all(0 <= value < LONGEST for value in (wait, late)):
                continue
            result.append(
                CoroutineRecord(
                    number=number,
                    name=name.split(b"\0")[0].decode("utf-8", "replace"),
                    state=STATES[state],
                    started=self._since_start(started),
                    ended=self._since_start(ended) if state == layout.OVER else None,
                    waits=waits,
                    wait=_nanoseconds(wait),
                    late=_nanoseconds(late),
                    site=self.sites.get(site),
                    since=self._since_start(since),
                )
            )
        return sorted(result, key=lambda record: record.number)

    def _events(self, blocks: list[tuple[bytes, int, int]]) -> list[Event]:
        offsets = list(self._records(blocks, layout.EVENTS))
        events: list[Event] = []
        damaged = 0
        for position, at in enumerate(offsets):
            start, ready, end, coroutine, site, waker, fd, kind, value = EVENT.unpack_from(self.data, at)
            if kind in (0, layout.TEXT):
                continue
            if kind not in KINDS or not self.begin - 1 <= start <= ready <= end < self.begin + LONGEST:
                damaged += 1
                continue
            text = ""
            if value and kind in (layout.WAIT, layout.CALL):
                text = self._event_text(offsets, position, value)
                value = 0
            start, ready, end = map(self._since_start, (start, ready, end))
            events.append(
                Event(KINDS[kind], coroutine, start, ready, end, self.sites.get(site), waker, fd, value, text)
            )
        if damaged:
            self.problems.append(f"{damaged} events are damaged and left out")
        events.sort(key=lambda event: (event.end, event.start))
        return events

    def _event_text(self, offsets: list[int], position: int, count: int) -> str:
        """The text in the `count` records after the one at `position` of the ring."""
        parts = []
        for step in range(1, min(count, len(offsets) - 1) + 1):
            at = offsets[(position + step) % len(offsets)]
            text, kind, _ = layout.TEXT_RECORD.unpack_from(self.data, at)
            if kind != layout.TEXT:
                break
            parts.append(text)
        return b"".join(parts).rstrip(b"\0").decode("utf-8", "replace")

    # -- what was not folded -----------------------------------------------------------------------------------------

    def _add_unfolded(self, aggregates: list[Aggregate], events: list[Event]) -> None:
        """Add the waits that are later than the last fold of their site."""
        by_number = {aggregate.site.number: aggregate for aggregate in aggregates}
        folded = {number: self._since_start(at) for number, at in self.folded_at.items()}
        for event in events:
            if event.kind != "wait" or event.site is None or event.end <= folded.get(event.site.number, 1 << 62):
                continue
            aggregate = by_number[event.site.number]
            wait = event.ready - event.start
            aggregate.waits += 1
            aggregate.wait += wait
            aggregate.late += event.end - event.ready
            aggregate.longest = max(aggregate.longest, wait)
            aggregate.histogram.add([(bucket_of(wait / 1e9), 1)])


def _completed(aggregates: list[Aggregate]) -> list[Aggregate]:
    """Say of each how many calls there were.

    Where a hook counts its calls, it does so for all sites together: what did not wait is of an unknown place.
    """
    waits: dict[str, int] = {}
    for aggregate in aggregates:
        waits[aggregate.site.call] = waits.get(aggregate.site.call, 0) + aggregate.waits
    for aggregate in aggregates:
        counted, aggregate.calls = aggregate.calls, aggregate.waits
        if counted:
            aggregate.calls = max(aggregate.waits, counted - waits[aggregate.site.call] + aggregate.waits)
    return [each for each in aggregates if each.calls or each.errors or each.blocked]


def _end_main(run: Run) -> None:
    """The main coroutine ends with the run, and nobody is left to record it."""
    for record in run.coroutine_records:
        if record.number == MAIN:
            record.state, record.ended = "ended", run.wall


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _unescaped(text: str) -> str:
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\n", "\n") for part in parts)
