"""Kinds of calls and the places they are made at: how often, how long they waited.

A wait puts its two times onto the lists of its site: the call together with the place in the program that made it. Now
and then the lists are folded into sums and histograms, which stand in the recording.

A histogram counts the upper 16 bits of the IEEE double (sign, exponent and four bits of mantissa): 16 buckets per power
of two, so a value read back is at most 6.25 % off, and two histograms are merged by adding their counts.
"""

from __future__ import annotations

import gc
import sys
from _collections import _count_elements
from array import array  # here, because the hub, which folds, must not import: it may have to wait for that

from ocoro.runtime import layout, originals
from ocoro.runtime.acceleration import fast
from ocoro.runtime.layout import BUCKETS, FIRST_BUCKET, SUMS
from ocoro.runtime.places import LATER

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any, Literal

    from ocoro.runtime.recorder import Recorder

_LAST_BUCKET = FIRST_BUCKET + BUCKETS - 1
_DEEPEST = 40  # frames that are looked at to find the program's own
_pack_count = layout.COUNT.pack_into
_pack_sums = SUMS.pack_into
_make_sums: Any = tuple if fast is None else fast.Sums
getframe = sys._getframe
get_ident = originals.get_ident


def innermost(depth: int) -> FrameType | None:
    """The frame that is `depth` visible ones above the caller's, if the stack is that deep."""
    try:
        return getframe(depth + 1)
    except ValueError:
        return None


class Site:
    """The waits of one kind of call at one place of the program. Seconds."""

    __slots__ = (
        "blocked",
        "bytes",
        "calls",
        "errors",
        "held",
        "histogram",
        "is_behind",
        "late",
        "lates",
        "longest",
        "memory",
        "number",
        "offset",
        "place",
        "sums",
        "switches",
        "tally",
        "wait",
        "waits",
    )

    def __init__(self, tally: Tally, memory: Any, offset: int, number: int, place: str) -> None:
        self.tally = tally
        self.place = place  # "file:line function", or empty where it is not known
        self.number = number  # in the recording
        self.memory, self.offset = memory, offset  # of the sums there
        self.waits: list[float] = []  # not yet folded: from parked to ready
        self.lates: list[float] = []  # not yet folded: from ready to resumed
        self.sums = _make_sums()  # not yet folded: what C code has added up already; empty without it
        self.calls = 0  # made, waiting or not, where a hook counts them
        self.errors = 0
        self.bytes = 0
        self.wait = 0.0
        self.late = 0.0
        self.longest = 0.0
        self.blocked = 0.0
        self.held = 0.0
        self.switches = 0
        self.is_behind = False  # there are calls that the recording does not know of
        self.histogram: dict[int, int] = {}  # upper 16 bits of the double -> how many waits

    def fold(self, now: float) -> None:
        """Move the single values into the sums and the histogram, and all of it into the recording."""
        self.is_behind = False
        waits, self.waits = self.waits, []
        lates, self.lates = self.lates, []
        self.switches += len(lates)
        fresh: dict[int, int] = {}
        if len(lates) > len(waits):
            fresh[0] = len(lates) - len(waits)
        if waits:
            self.wait += sum(waits)
            self.longest = max(self.longest, max(waits))
            _count_elements(fresh, memoryview(array("d", waits)).cast("B").cast("H")[3::4])
        self.late += sum(lates)
        self._count(fresh)
        if self.sums:
            switches, wait, late, longest, fresh, calls, size = self.sums.take()
            self.switches += switches
            self.calls += calls
            self.bytes += size
            self.wait += wait
            self.late += late
            self.longest = max(self.longest, longest)
            self._count(fresh)
        self.publish(now)

    def _count(self, fresh: dict[int, int]) -> None:
        """Add to the histogram, here and in the recording, whose first and last buckets hold all that is outside."""
        histogram, memory, base = self.histogram, self.memory, self.offset + SUMS.size
        for bucket, more in fresh.items():
            bucket = min(max(bucket, FIRST_BUCKET), _LAST_BUCKET)
            histogram[bucket] = count = histogram.get(bucket, 0) + more
            _pack_count(memory, base + 4 * (bucket - FIRST_BUCKET), count)

    def publish(self, now: float) -> None:
        """Write the sums into the recording; they are good until `now`."""
        _pack_sums(
            self.memory,
            self.offset,
            self.calls,
            self.switches,
            self.errors,
            self.bytes,
            self.wait,
            self.late,
            self.longest,
            self.blocked,
            self.held,
            now,
        )


class Tally:
    """One kind of call, and its sites."""

    __slots__ = ("elsewhere", "name", "recorder", "sites")

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name = name
        self.recorder = recorder
        self.begin()

    def begin(self) -> None:
        """Start afresh."""
        self.sites: dict[int, Site | Literal[False] | None] = {}  # by instruction; None: of the library, False: ours
        self.elsewhere = self.recorder.new_site(self)  # what no place is known of

    @property
    def waits(self) -> int:
        """How many waits there were, folded or not."""
        return sum(site.switches + len(site.lates) + len(site.sums) for site in self.recorder.sites_of(self))

    def count(self, size: int = 0, errors: int = 0) -> None:
        """The program has made a call of this kind, which moved `size` bytes, or failed."""
        try:
            frame = getframe(1)  # as hooks are hidden mostly, the caller's of the call
            site = self.sites.get(id(frame.f_code) + frame.f_lasti)
            if not site or get_ident() != self.recorder.home:
                site = self.here()
        except (RecursionError, ValueError):  # the stack is nearly full, or empty: the call was made all the same
            site = self.elsewhere
        site.calls += 1
        site.bytes += size
        site.errors += errors
        site.is_behind = True

    def failed(self) -> None:
        """A call of this kind has raised an error, or run into its time-out."""
        self.count(0, 1)

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call `function`, and count that if it fails."""
        try:
            return function(*args, **kwargs)
        except (BlockingIOError, StopIteration):  # there is nothing, or nothing more: no failure
            raise
        except Exception:
            self.failed()
            raise

    def here(self, frame: FrameType | None = None) -> Site:
        """Where the program is, at `frame` or where we are called from.

        Elsewhere on a thread without coroutines, and in a forked child that has not waited: its recording is to come.
        No garbage is collected: the program's destructors, which may wait or be preempted, would find us half-way.
        """
        recorder = self.recorder
        if recorder.places is None or recorder.places is LATER or get_ident() != recorder.home:
            return self.elsewhere
        collects = gc.isenabled()
        gc.disable()
        try:
            return self.site(frame or getframe())
        finally:
            if collects:
                gc.enable()

    def site(self, frame: FrameType | None) -> Site:
        """Where the program made this call: the innermost frame that is neither ours nor the standard library's."""
        places = self.recorder.places
        if places is None:
            return self.elsewhere
        if places is LATER:
            self.recorder.open()
            return self.site(frame)
        if places.are_many():
            places = self.recorder.forget_places()
        innermost = frame
        sites = self.sites
        try:
            for _ in range(_DEEPEST):
                if frame is None:
                    break
                instruction = id(frame.f_code) + frame.f_lasti
                if instruction in sites:
                    site = sites[instruction]
                    if site:
                        return site
                elif places.is_the_programs(frame):
                    return self._note_site(frame, instruction)
                else:
                    places.keep(frame.f_code)
                    sites[instruction] = False if places.is_ours(frame) else None
                frame = frame.f_back
            return self._site_in_library(innermost)
        except RecursionError:  # the program's stack is nearly full: that is no reason not to wait
            return self.elsewhere

    def _note_site(self, frame: FrameType, key: int) -> Site:
        """The site of an instruction that is seen for the first time, to be found by `key` from now on."""
        self.recorder.places.keep(frame.f_code)  # type: ignore[union-attr]
        site = self.sites[key] = self.recorder.site_at(self, frame.f_code, frame.f_lineno or 0)
        return site

    def _site_in_library(self, frame: FrameType | None) -> Site:
        """The call was made by the standard library alone: its innermost line."""
        places = self.recorder.places
        while frame is not None and places.is_ours(frame):  # type: ignore[union-attr]
            frame = frame.f_back
        if frame is None:
            return self.elsewhere
        key = -(id(frame.f_code) + frame.f_lasti)  # as the instruction itself stands for "look further"
        return self.sites.get(key) or self._note_site(frame, key)


def quantile(histogram: dict[int, int], share: float) -> float:
    """The seconds that `share` (0.0 to 1.0) of all waits do not exceed."""
    rest = share * sum(histogram.values())
    for bucket in sorted(histogram):
        rest -= histogram[bucket]
        if rest <= 0:
            return _middle(bucket)
    return 0.0


def _middle(bucket: int) -> float:
    if bucket == FIRST_BUCKET:  # too short to tell
        return 0.0
    lower = memoryview(bytearray(16)).cast("H")
    lower[3], lower[7] = bucket, bucket + 1
    low, upper = lower.cast("B").cast("d")
    return (low + upper) / 2
