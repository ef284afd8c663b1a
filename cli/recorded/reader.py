"""Reads a recording: of a run that has ended, that goes on, or that was killed.

Nothing in the file is trusted. What is damaged is left out and said in a sentence (`Run.problems`); the rest is read.
The sums of a site are as old as its last fold; what happened later is in the flight recorder and is added here.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from ocoro.cli.errors import UsageError
from ocoro.cli.recorded.entry import is_alive
from ocoro.cli.recorded.histogram import bucket_of
from ocoro.cli.recorded.model import MAIN, PREEMPTED, Aggregate, CoroutineRecord, Event, Run, Site
from ocoro.runtime import layout
from ocoro.runtime.layout import BLOCK, COROUTINE, EVENT, HEADER, PLACE, RECORDS, SUMS, TOTAL

LARGEST = 4 << 30  # bytes; no recording is so large
LONGEST = 1e9  # seconds; times beyond are damage
MOST = 1 << 60  # counts beyond are damage
UNKNOWN = 1 << 32  # numbers from here on were not given by the writer
COUNTS = Struct(f"<{layout.BUCKETS}I")
KINDS = {
    layout.WAIT: "wait",
    layout.CALL: "call",
    layout.SPAWN: "spawn",
    layout.END: "end",
    layout.BLOCK_HELD: "blocked",
    layout.PREEMPT: "preempt",
}
STATES = {layout.RUNNING: "running", layout.READY: "ready", layout.WAITING: "waiting", layout.OVER: "ended"}
NEEDED = {
    layout.TOTALS: "the sums of the run are",
    layout.TEXTS: "the names of calls and files are",
    layout.SITES: "the sums of the call sites are",
    layout.COROUTINES: "the coroutines are",
    layout.EVENTS: "the flight recorder is",
}


class Block(NamedTuple):
    """Where the records of one block stand in the file; `after_gap`: a block may be missing before it."""

    tag: bytes
    begin: int
    end: int
    after_gap: bool


def read(path: str, events: bool = True) -> Run:
    """The run recorded in the file `path`; without `events` these are left out, which is quicker.

    UsageError when the file cannot be read or is no recording at all.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(HEADER.size)
            if data.startswith(layout.MAGIC):
                # Not mapped: somebody may cut the file meanwhile, and a look behind its end would end this process.
                data += file.read(-1 if os.fstat(file.fileno()).st_size <= LARGEST else LARGEST)
    except (OSError, MemoryError) as problem:
        cause = getattr(problem, "strerror", None) or str(problem) or "there is not enough memory for it"
        raise UsageError(f"cannot read {path}", cause, "'ocoro runs' lists the recordings") from None
    if data[: len(layout.MAGIC)] != layout.MAGIC or len(data) < HEADER.size:
        raise UsageError(
            f"{path} is no recording of ocoro",
            "it does not begin as one" if data else "it is empty",
            "'ocoro runs' lists the recordings",
        )
    return _Reader(path, data).run(events)


class _Reader:
    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.problems: list[str] = []
        header = HEADER.unpack_from(data)
        _, self.version, self.head, self.pid, self.parent, self.started, self.begin, self.state = header
        if self.version != layout.VERSION:
            self.problems.append(
                f"the file has format version {self.version} and this ocoro knows version {layout.VERSION};"
                " what it does not know is left out"
            )
        self.is_prepared = self.state == layout.PREPARED and not self.pid
        if self.is_prepared:
            self.problems.append("the process has not begun to record")
        elif self.state not in (layout.LIVE, layout.ENDED):
            self.problems.append("whether the run has ended is damaged")
        if not self.is_prepared and not 0 < self.started < 1 << 62:
            self.problems.append("the date of the start is damaged")
            self.started = 0
        self.sites: dict[int, Site] = {}
        self.folded_at: dict[int, float] = {}

    # -- the whole ---------------------------------------------------------------------------------------------------

    def run(self, with_events: bool) -> Run:
        blocks = [] if self.is_prepared else self._blocks()
        self._settle_begin(blocks)
        description = self._description()
        totals = self._totals(blocks)
        aggregates = self._aggregates(blocks)
        events = self._events(blocks, totals[5], None if with_events else totals[0])
        self._add_unfolded(aggregates, events)
        records = self._coroutines(blocks)
        run = Run(
            path=self.path,
            run_id=description.get("run", ""),
            pid=self.pid,
            parent=max(self.parent, 0),
            program=description.get("program", ""),
            command=tuple(description["command"].split("\x1f")) if "command" in description else (),
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
        else:
            run.going_on = _going_on(run)
        if with_events:
            run.dropped = _dropped(aggregates, events)
        else:
            run.events = []
        return run

    def _settle_begin(self, blocks: list[Block]) -> None:
        """Where the header's time of the start is damaged, count from the first event."""
        if self.is_prepared or 0 <= self.begin < LONGEST:
            return
        starts = (EVENT.unpack_from(self.data, at)[0] for at in self._records(blocks, layout.EVENTS))
        self.begin = min((start for start in starts if 0 < start < LONGEST), default=0.0)
        self.problems.append("the time of the start is damaged; times are counted from the first event")

    def _settle_times(self, run: Run, totals: tuple[float, ...]) -> None:
        """Make wall = running + idle + blocked hold for what is known of the end."""
        at = self._since_start(totals[0])
        end = max([at, *(event.end for event in run.events[-1:])])
        if run.state == "live":
            end = max(end, _nanoseconds(time.monotonic() - self.begin))
        if totals[10] == 1:  # the hub fell asleep then, until something happened
            woken = min((event.end for event in run.events if event.end > at), default=end)
            run.idle += max(0, woken - at)
        run.wall = max(end, run.idle + run.blocked)
        run.running = run.wall - run.idle - run.blocked

    def _state(self) -> str:
        if self.state == layout.ENDED:
            return "ended"
        return "live" if is_alive(self.pid, self.begin) else "killed"

    # -- the file's structure ----------------------------------------------------------------------------------------

    def _blocks(self) -> list[Block]:
        """All blocks that can be read. What does not look like one is left out up to the next that does."""
        found: list[Block] = []
        starts = self._starts()
        gap = False
        at, size = self._first_block(), len(self.data)
        while at + BLOCK.size <= size:
            tag, version, record, length = BLOCK.unpack_from(self.data, at)
            following = bisect_right(starts, at)
            limit = starts[following] if following < len(starts) else size
            if length < BLOCK.size or not (tag.isalnum() and tag.isupper()):
                if limit == size and not any(self.data[at : at + BLOCK.size]):
                    break  # room for a block that was not begun
                self.problems.append(f"{limit - at:,} bytes from byte {at:,} on are damaged and left out")
                at, gap = limit, True
                continue
            if at + length > limit:
                self.problems.append(self._too_long(at, length, limit))
            end = min(at + length, limit)
            if RECORDS.get(tag) == (version, record):
                found.append(Block(tag, at + BLOCK.size, end, gap))
            elif tag in RECORDS:
                self.problems.append(f"the block at byte {at:,} is of an unknown version, {version}, and left out")
                gap = gap or tag == layout.SITES
            at = end
        tags = {block.tag for block in found}
        if not tags:
            self.problems.append("nothing is left but the header")
        else:
            self.problems += [f"{name} missing" for tag, name in NEEDED.items() if tag not in tags]
        return found

    def _starts(self) -> list[int]:
        """Where blocks of known kinds begin, on pages; what lies between is judged by its own header."""
        return [
            at
            for at in range(layout.PAGE, len(self.data) - BLOCK.size + 1, layout.PAGE)
            if RECORDS.get(self.data[at : at + 4]) == BLOCK.unpack_from(self.data, at)[1:3]
        ]

    def _first_block(self) -> int:
        """Behind the header, which may be larger in another version."""
        is_larger = self.version != layout.VERSION and self.head % layout.PAGE == 0
        return max(self.head, layout.PAGE) if is_larger else layout.PAGE

    def _too_long(self, at: int, length: int, limit: int) -> str:
        if limit < len(self.data):
            return f"the length of the block at byte {at:,} is damaged; it ends at byte {limit:,}, where another begins"
        return f"the file is cut short: {at + length - limit:,} bytes are missing at its end"

    def _records(self, blocks: list[Block], tag: bytes) -> Iterator[int]:
        """Offsets of the records of all blocks with this tag."""
        _, size = RECORDS[tag]
        for block in blocks:
            if block.tag == tag:
                yield from range(block.begin, block.end - size + 1, size)

    def _description(self) -> dict[str, str]:
        area = self.data[layout.DESCRIPTION : layout.PAGE].split(b"\0")[0].decode("utf-8", "replace")
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

    def _totals(self, blocks: list[Block]) -> tuple[float, float, float, float, float, int, int, int, int, int, int]:
        for at in self._records(blocks, layout.TOTALS):
            totals = TOTAL.unpack_from(self.data, at)
            if all(0 <= value < LONGEST for value in totals[:5]) and all(value < MOST for value in totals[5:]):
                return totals
            self.problems.append("the sums of the run are damaged")
            break
        return self.begin, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0

    def _aggregates(self, blocks: list[Block]) -> list[Aggregate]:
        result, damaged = [], 0
        for number, at in self._numbered_sites(blocks):
            call, file, function, line = PLACE.unpack_from(self.data, at)
            if not call:
                continue
            site = Site(number, self._text(call), self._text(file), line, self._text(function))
            sums = SUMS.unpack_from(self.data, at + PLACE.size)
            if not site.call or line >= 1 << 31 or (file and not site.file) or not _are_sums(sums):
                damaged += 1
                continue
            self.sites[number] = site
            self.folded_at[number] = sums[9]
            aggregate = Aggregate(site, *sums[:4], *map(_nanoseconds, sums[4:9]))
            counts = COUNTS.unpack_from(self.data, at + PLACE.size + SUMS.size)
            aggregate.histogram.add((bucket, count) for bucket, count in enumerate(counts) if count)
            result.append(aggregate)
        if damaged:
            self.problems.append(f"the sums of {damaged} call sites are damaged and left out")
        if sum(each.site.file != "" for each in result) >= layout.MOST_PLACES:
            self.problems.append(
                f"calls were made at {layout.MOST_PLACES:,} places or more; those at later ones stand under (elsewhere)"
            )
        return result

    def _numbered_sites(self, blocks: list[Block]) -> Iterator[tuple[int, int]]:
        """Number and offset of each site. They count from 1 on; behind a gap, where nobody knows, none has an event."""
        number = 0
        for block in blocks:
            if block.tag == layout.SITES:
                if block.after_gap:
                    number = max(number, UNKNOWN)
                for at in self._records([block], layout.SITES):
                    number += 1
                    yield number, at

    def _coroutines(self, blocks: list[Block]) -> list[CoroutineRecord]:
        result, damaged = [], 0
        for at in self._records(blocks, layout.COROUTINES):
            number, state, site, waits, started, ended, since, wait, late, name = COROUTINE.unpack_from(self.data, at)
            if not number and not state:
                continue
            if not number or state not in STATES or not _are_times(started, ended, since, wait, late):
                damaged += 1
                continue
            result.append(
                CoroutineRecord(
                    number=number,
                    name=name.partition(b"\0")[0].decode("utf-8", "replace"),
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
        if damaged:
            self.problems.append(f"the records of {damaged} coroutines are damaged and left out")
        return sorted(result, key=lambda record: record.number)

    def _events(self, blocks: list[Block], head: int, since: float | None) -> list[Event]:
        """All events, or those that were written after `since`, when `head` was the next place in the ring."""
        if since is None:
            offsets = list(self._records(blocks, layout.EVENTS))
        else:
            offsets = self._newest(blocks, head, since)
        events: list[Event] = []
        damaged = nowhere = 0
        for position, at in enumerate(offsets):
            start, ready, end, coroutine, number, waker, fd, kind, value = EVENT.unpack_from(self.data, at)
            if kind == layout.TEXT or (kind == 0 and not start):
                continue
            if kind not in KINDS or not self.begin - 1 <= start <= ready <= end < self.begin + LONGEST:
                damaged += 1
                continue
            text = ""
            if value and kind in (layout.WAIT, layout.CALL):
                text = self._event_text(offsets, position, value)
                value = 0
            site = self.sites.get(number)
            nowhere += number != 0 and site is None
            start, ready, end = map(self._since_start, (start, ready, end))
            events.append(Event(KINDS[kind], coroutine, start, ready, end, site, waker, fd, value, text))
        if damaged:
            self.problems.append(f"{damaged} events are damaged and left out")
        if nowhere:
            self.problems.append(f"of {nowhere} events the call and its place are missing in the file")
        events.sort(key=lambda event: (event.end, event.start))
        return events

    def _newest(self, blocks: list[Block], head: int, since: float) -> list[int]:
        """The offsets of the events that were written after `since`: from `head` on in the ring."""
        area = next(((each[1], each[2]) for each in blocks if each[0] == layout.EVENTS), (0, 0))
        ring = range(area[0], area[1] - EVENT.size + 1, EVENT.size)
        if head >= len(ring):
            return list(ring)
        found = []
        for position in range(len(ring)):
            at = ring[(head + position) % len(ring)]
            _, _, end, *_, kind, _ = EVENT.unpack_from(self.data, at)
            if kind != layout.TEXT and (kind not in KINDS or end < since):
                break
            found.append(at)
        return found

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
            if event.kind != "wait" or event.site is None or event.end < folded.get(event.site.number, 1 << 62):
                continue
            aggregate = by_number[event.site.number]
            wait = event.ready - event.start
            aggregate.waits += 1
            aggregate.wait += wait
            aggregate.late += event.end - event.ready
            aggregate.longest = max(aggregate.longest, wait)
            aggregate.histogram.add([(bucket_of(wait / 1e9), 1)])


def _dropped(aggregates: list[Aggregate], events: list[Event]) -> int:
    """How many waits have no event any more. Who yields waits at no place, and who is preempted has another event."""
    waits = sum(each.waits for each in aggregates if each.site.file and each.site.call != PREEMPTED)
    held = sum(event.kind == "wait" and event.site is not None and event.site.file != "" for event in events)
    return max(0, waits - held)


def _completed(aggregates: list[Aggregate]) -> list[Aggregate]:
    """Say of each how many calls there were: where no hook counts them, it is known of those that waited."""
    for aggregate in aggregates:
        aggregate.calls = max(aggregate.calls, aggregate.waits)
    return [each for each in aggregates if each.calls or each.errors or each.bytes or each.wait or each.blocked]


def _going_on(run: Run) -> list[CoroutineRecord]:
    """Who is in a wait; what the records say is older than the events."""
    resumed = {each.coroutine: each.end for each in run.events if each.kind == "wait"}
    return [
        each
        for each in run.coroutine_records
        if each.state == "waiting" and resumed.get(each.number, 0) <= each.since <= run.wall
    ]


def _end_main(run: Run) -> None:
    """The main coroutine ends with the run, and nobody is left to record it."""
    for record in run.coroutine_records:
        if record.number == MAIN:
            record.state, record.ended = "ended", run.wall


def _are_sums(sums: tuple[float, ...]) -> bool:
    """Whether these can be the sums of a site: four counts, then times."""
    return all(0 <= count < MOST for count in sums[:4]) and _are_times(*sums[4:])


def _are_times(*seconds: float) -> bool:
    return all(0 <= each < LONGEST for each in seconds)


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9)


def _unescaped(text: str) -> str:
    parts = text.split("\\\\")
    return "\\".join(part.replace("\\n", "\n") for part in parts)
