"""What happened, cheaply: every hook and the scheduler report here and nowhere else.

A wait goes into the flight recorder, a ring of the newest events, in one piece of packing, and its two times onto the
lists of its site: the call together with the place in the program that made it. The hub folds the lists into sums and
histograms every now and then. All is kept in a `Recording`, where other processes can read it at any time.
"""

from __future__ import annotations

from _collections import deque

from ocoro.runtime import layout, originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.layout import EVENT
from ocoro.runtime.places import LATER, Places
from ocoro.runtime.poller import SHORTAGE
from ocoro.runtime.proc import ProcFile
from ocoro.runtime.recording import Recording
from ocoro.runtime.records import Records
from ocoro.runtime.summary import CallSummary, Summary
from ocoro.runtime.tally import Site, Tally, quantile

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.standing import Place

_FOLD_EVERY = 0.01  # seconds between two folds, or less: see `is_due`
_OPEN_AGAIN = 1.0  # seconds between two tries to open the file while no fd is free
_LOOK_EVERY = 0.05  # seconds between two looks at what the kernel says of our processor time
NO_FD = -1  # as the fd of an event
_TEXT_PIECE = 40  # bytes of text in a record of the ring
_TEXT_SIZE = 20 * _TEXT_PIECE
pack_event = EVENT.pack_into


class Recorder:
    """All tallies of a run, and the clock readings that the report needs."""

    __slots__ = (
        "_answered",
        "_at",
        "_cpu",
        "_failure",
        "_look_at",
        "_on_core",
        "_open_at",
        "_opener",
        "_processor",
        "_queued",
        "_request",
        "_seen_blocked",
        "_signals",
        "_sites",
        "_started",
        "asleep",
        "at",
        "coroutines",
        "dead",
        "first",
        "fold_at",
        "folded_at",
        "folded_to",
        "home",
        "idle",
        "last",
        "listener",
        "main_name",
        "most",
        "name_of",
        "opening",
        "places",
        "preemptions",
        "recording",
        "records",
        "reports",
        "rescues",
        "ring",
        "slept_at",
        "stalls",
        "tallies",
    )

    def __init__(self) -> None:
        self.tallies: dict[str, Tally] = {}
        self.main_name = "MainThread"
        self.name_of: Callable[[Any], str] = lambda function: getattr(function, "__qualname__", "")
        self._opener: Callable[[], Recording | None] | None = None
        self.opening = False  # in the middle of a wait, by functions of others, too: not to be preempted
        self.dead: list[Any] = []  # what is to be let go where destructors may run; the scheduler's
        self.listener: Any = None  # told of each wait in `park`: site, coroutine, its three times
        self.begin()

    def record(self, opener: Callable[[], Recording | None]) -> None:
        """Record what happens from now on; `opener` makes the file, and does so again in each forked child.

        It may raise OSError. Then, as when it returns None, nothing is recorded.
        """
        self._opener = opener
        self.begin()
        self.open()

    def begin(self) -> None:
        """Start afresh, as at boot and in the child of a fork; tallies stay the same objects, hooks hold them."""
        self.home = originals.get_ident()  # the thread whose calls have sites
        self._started = originals.monotonic()
        self._cpu = originals.process_time_ns()
        self._on_core, self._queued = _scheduling()
        self._processor = (0.0, 0.0, 0.0)
        self._look_at = 0.0
        self.fold_at = 0.0
        self.folded_at = 0.0
        self.slept_at = 0.0  # when the hub last fell asleep with everything recorded
        self.asleep = False  # the latest fold was made before the hub fell asleep
        self.idle = 0.0
        self.coroutines = 1
        self.most = 1
        self.preemptions = 0
        self.rescues: dict[Place, int] = {}
        self.stalls: dict[Place, int] = {}
        self._seen_blocked = 0.0
        self.reports: deque[Any] = deque()  # what the monitor saw, for `held`
        self._sites: list[Site] = []
        self._at: dict[tuple[str, str, int, str], Site] = {}  # those with a place: call, file, line, function
        self.ring: Any = None  # memory of the flight recorder, None while there is none
        self.records: Records | None = None
        self.places: Places | None = None
        self.at = self.first = self.last = 0  # where in the ring the next, the first and the last event stand
        self.folded_to = 0  # where the next event stood at the last fold
        self.recording = Recording()
        self._failure = ""  # why there is no file
        self._request = self._answered = self._signals = 0
        self._open_at = NEVER  # when to try again to open it
        self._restart_tallies()

    def open(self) -> None:
        """Keep everything in a file from now on. Without a file there are only sums, and no sites.

        While no fd is to be had for it, it is tried again now and then.
        """
        self.places = None
        self._open_at = NEVER
        self.opening = True
        try:
            recording = self._opener() if self._opener is not None else None
        except OSError as problem:
            self._failure = problem.strerror or str(problem)
            recording = None
            if problem.errno in SHORTAGE:
                self._open_at = originals.monotonic() + _OPEN_AGAIN
        finally:
            self.opening = False
        if recording is not None:
            self._failure = ""
            self.recording = recording
            self._sites = []
            self._at = {}
            self.places = Places()
            self.ring = recording.memory
            self._request = recording.request
            self.records = Records(recording, self.name)
            self.at = self.first = self.folded_to = recording.events[0]
            self.last = recording.events[-1]
            self._restart_tallies()

    @property
    def failure(self) -> str:
        """Why not all is recorded that should be; empty if all is."""
        return self._failure or self.recording.failure

    def _restart_tallies(self) -> None:
        for tally in self.tallies.values():
            tally.begin()

    def after_fork_in_child(self) -> None:
        """Forget what the parent recorded. The file is made when there is something to say."""
        recording = self.recording
        self.begin()
        recording.close()  # once nobody writes to it any more
        if self._opener is not None:
            self.places = LATER

    def tally(self, call: str) -> Tally:
        """The tally of the kind of call named `call`."""
        if call not in self.tallies:
            self.tallies[call] = Tally(call, self)
        return self.tallies[call]

    def site_at(self, tally: Tally, code: CodeType, line: int) -> Site:
        """The site of `tally` at this line of `code`; elsewhere once there are too many."""
        key = tally.name, code.co_filename, line, code.co_qualname
        site = self._at.get(key)
        if site is None:
            if len(self._at) >= layout.MOST_PLACES:
                return tally.elsewhere
            site = self._at[key] = self.new_site(tally, code, line)
        return site

    def forget_places(self) -> Places:
        """Keep no code object any more, and so know no address; the sites stay."""
        if self.places is not None:
            self.dead.append(self.places.let_go())
        for tally in self.tallies.values():
            tally.sites = {}
        self.places = Places()  # another one: C code keeps addresses, too
        return self.places

    def new_site(self, tally: Tally, code: CodeType | None = None, line: int = 0) -> Site:
        """A new site for `tally` at this line of `code`; elsewhere without."""
        recording = self.recording
        memory, offset, number = recording.site()
        file = function = place = ""
        if code is not None:
            file, function = code.co_filename, code.co_qualname
            place = f"{file}:{line} {function}"
        texts = map(recording.text, (tally.name, file, function))
        layout.PLACE.pack_into(memory, offset, *texts, line)
        site = Site(tally, memory, offset + layout.PLACE.size, number, place)
        self._sites.append(site)
        return site

    def sites_of(self, tally: Tally) -> list[Site]:
        """All sites of one kind of call."""
        return [site for site in self._sites if site.tally is tally]

    # -- single events -----------------------------------------------------------------------------------------------

    def preempted(self, coroutine: Coroutine, site: Site) -> None:
        """A coroutine's time slice was over, in the middle of computing at `site`."""
        self.preemptions += 1
        self.note(layout.PREEMPT, coroutine.number, 0, originals.monotonic(), site.number)

    def rescued(self, frame: FrameType, place: Place) -> None:
        """A call for which there is no hook held up others, and was interrupted for them."""
        self.rescues[place] = self.rescues.get(place, 0) + 1
        site = self.tally("rescued").here(frame)
        site.calls += 1
        site.publish(originals.monotonic())

    def stalled(self, place: Place) -> int:
        """A call there held the thread though others could run: how often that was. In the monitor's thread."""
        count = self.stalls[place] = self.stalls.get(place, 0) + 1
        return count

    def note(self, kind: int, coroutine: int, waker: int, at: float, site: int = 0) -> None:
        """An event that takes no time."""
        if self.ring is not None:
            pack_event(self.ring, self.next_event(), at, at, at, coroutine, site, waker, NO_FD, kind, 0)

    def next_event(self) -> int:
        """Where in the ring the next event goes. On the home thread only."""
        at = self.at
        self.at = at + EVENT.size if at < self.last else self.first
        return at

    def held(self, coroutine: int, code: CodeType, lasti: int, line: int, begin: float, end: float, ready: int) -> None:
        """A coroutine blocked the thread, in a call that could not be suspended, while `ready` others were ready."""
        tally = self.tally("blocked")
        site = tally.elsewhere if self.places in (None, LATER) else self.site_at(tally, code, line)
        self._seen_blocked += end - begin
        site.blocked += end - begin
        site.held += (end - begin) * ready
        site.longest = max(site.longest, end - begin)
        site.calls += 1
        site.publish(end)
        if self.ring is not None:
            event = self.next_event()
            pack_event(self.ring, event, begin, end, end, coroutine, site.number, 0, NO_FD, layout.BLOCK_HELD, ready)

    def holds(self, since: float, now: float) -> None:
        """A call goes on that blocks the thread: say in the recording how long by now. In the monitor's thread."""
        blocked = self._processor[2] + now - since
        layout.BLOCKED_SO_FAR.pack_into(self.recording.memory, self.recording.totals + layout.BLOCKED_AT, blocked)
        self._look_at = 0.0  # with the next fold, which is when the call is over

    def call(self, coroutine: int, site: Site, times: tuple[float, float, float], fd: int, text: str) -> None:
        """A call that was watched: when it began, became ready (the begin, if it did not wait) and ended."""
        if self.ring is None:
            return
        data = text.encode("utf-8", "backslashreplace")[:_TEXT_SIZE]
        count = -(-len(data) // _TEXT_PIECE)
        pack_event(self.ring, self.next_event(), *times, coroutine, site.number, 0, fd, layout.CALL, count)
        for at in range(0, len(data), _TEXT_PIECE):
            piece = data[at : at + _TEXT_PIECE]
            layout.TEXT_RECORD.pack_into(self.ring, self.next_event(), piece, layout.TEXT, 0)

    # -- coroutines --------------------------------------------------------------------------------------------------

    def spawned(self, coroutine: Coroutine, waker: Coroutine, alive: int) -> None:
        """A new coroutine: its number, and an event. Now `alive` are alive."""
        self.coroutines += 1
        if alive > self.most:
            self.most = alive
        coroutine.number = self.coroutines
        coroutine.started_at = coroutine.ready_at
        if self.ring is not None:
            self.note(layout.SPAWN, coroutine.number, waker.number, coroutine.ready_at)

    def returned(self, coroutine: Coroutine) -> None:
        """A coroutine is about to let go of its function."""
        if self.records is not None:
            self.records.keep_name(coroutine)

    def ended(self, coroutine: Coroutine) -> None:
        """A coroutine has ended; nothing of it is kept but numbers and its name. One without a number is ours."""
        if self.records is not None and coroutine.number:
            now = originals.monotonic()
            self.note(layout.END, coroutine.number, 0, now)
            self.records.bury(coroutine, now)

    def name(self, coroutine: Coroutine) -> str:
        """That given to `spawn`, or of its thread, or of its function."""
        if coroutine.task is not None:
            return str(coroutine.task.name)
        return self.main_name if coroutine.function is None else self.name_of(coroutine.function)

    def renamed(self, coroutine: Coroutine) -> None:
        """Its thread has a new name."""
        if self.records is not None:
            self.records.rename(coroutine)

    # -- who asks from outside ---------------------------------------------------------------------------------------

    def is_asked(self) -> bool:
        """Whether somebody has asked, by a number in the file, what the coroutines do."""
        return self.ring is not None and self.ring[self._request] != self._answered

    def take_request(self) -> bool:
        """Whether the answer is up to who calls: nobody else does. By any thread of ours, and in a signal handler."""
        if self.ring is None:
            return False
        asked: int = self.ring[self._request]
        if asked == self._answered:
            return False
        self._answered = asked
        return True

    def give_back_request(self) -> None:
        """It could not be answered here; somebody else is to try."""
        self._answered = -1

    def answered(self) -> None:
        """There is an answer, or there will be none; who asks may look."""
        if self.ring is not None:
            self.ring[self._request + layout.ANSWERED_AT] = self._answered

    def take_signal(self) -> bool:
        """Whether a signal that has come was sent with a request."""
        if self.ring is None or self.ring[self._request + layout.SIGNALS_AT] == self._signals:
            return False
        self._signals = self.ring[self._request + layout.SIGNALS_AT]
        return True

    # -- sums --------------------------------------------------------------------------------------------------------

    def is_behind(self, switched_at: float) -> bool:
        """Whether the latest switch, of that time, is not in the recording yet."""
        return switched_at > self.folded_at or (self.records is not None and switched_at > self.records.written_at)

    def due_at(self) -> float:
        """When everything is to be brought up to date again."""
        return self.fold_at if self.records is None else max(self.fold_at, self.records.due_at)

    def is_due(self, now: float) -> bool:
        """Whether to fold: it is time, or half of the ring is new; what came since the last time has no other place."""
        size = self.last - self.first + EVENT.size
        return now >= self.fold_at or 2 * ((self.at - self.folded_to) % size) >= size

    def fold(self, now: float, coroutines: set[Coroutine], asleep: bool = False) -> None:
        """Fold what has gathered; the hub calls this when it is due, and before it falls asleep."""
        if self.ring is not None and self.recording.is_cut():
            self._leave_file()
        if now >= self._open_at:
            self.open()
        self.folded_at = now
        self.asleep = asleep
        self.folded_to = self.at
        self.fold_at = now + _FOLD_EVERY
        while self.reports:
            self.held(*self.reports.popleft())
        for site in self._sites:
            if site.lates or site.sums or site.is_behind:
                site.fold(now)
        if self.records is not None:
            if now >= self._look_at or asleep:
                self._look_at = now + _LOOK_EVERY
                self._processor = self._look(now)
            self._publish_totals(now, asleep)
            if now >= self.records.due_at:
                self.records.update(coroutines, now, _FOLD_EVERY)

    def _leave_file(self) -> None:
        """Somebody has cut the file short: only sums are kept from now on, in memory."""
        self._failure = "somebody has cut the file short"
        left, self.recording = self.recording, Recording()
        if self.places is not None:
            self.dead.append(self.places.let_go())  # the hub calls, where no destructor may run
        self.ring = self.places = self.records = None
        for site in self._sites:
            site.memory, offset, _ = self.recording.site()
            site.offset = offset + layout.PLACE.size
        left.close()

    def _publish_totals(self, now: float, asleep: bool) -> None:
        switches = self.coroutines - 1 + sum(site.switches for site in self._sites)
        cpu, running, blocked = self._processor
        layout.TOTAL.pack_into(
            self.recording.memory,
            self.recording.totals,
            now,
            self.idle,
            cpu,
            running,
            blocked,
            (self.at - self.first) // EVENT.size,
            switches,
            self.preemptions,
            self.coroutines,
            self.most,
            asleep,
        )

    def _look(self, now: float) -> tuple[float, float, float]:
        """Processor time of the process, and running and blocked of the home thread, until `now`.

        `blocked` is what the thread spent neither computing, nor idle, nor queued for a core. Falling asleep and waking
        up count as idle and as computing, so this is a little too small: at least it is what the monitor saw.
        """
        wall = now - self._started
        on_core, queued = _scheduling()
        busy = (on_core - self._on_core + queued - self._queued) / 1e9
        blocked = min(max(self._seen_blocked, wall - self.idle - busy), wall - self.idle)
        return (originals.process_time_ns() - self._cpu) / 1e9, wall - self.idle - blocked, blocked

    def finish(self, coroutines: set[Coroutine]) -> None:
        """The process ends, or becomes another program: write what there is to say."""
        if self.records is not None:
            now = originals.monotonic()
            self.records.due_at = self._look_at = 0.0
            self.fold(now, coroutines)
            self.recording.set_state(layout.ENDED)

    def resume(self) -> None:
        """After `finish`, the process goes on all the same."""
        if self.ring is not None:
            self.recording.set_state(layout.LIVE)

    def close(self, coroutines: set[Coroutine]) -> None:
        """Nothing will be recorded any more."""
        self.finish(coroutines)
        self.ring = self.places = self.records = None
        self.recording.close()
        self.recording = Recording()  # for calls that are first made after the end

    def summary(self) -> Summary:
        """The run so far."""
        now = originals.monotonic()
        self.fold(now, set())
        cpu, running, blocked = (round(value * 1e9) for value in self._look(now))
        calls = [self._call_summary(tally) for tally in self.tallies.values()]
        return Summary(
            wall=running + blocked + round(self.idle * 1e9),
            cpu=cpu,
            running=running,
            idle=round(self.idle * 1e9),
            blocked=blocked,
            coroutines=self.coroutines,
            coroutines_most=self.most,
            switches=self.coroutines - 1 + sum(site.switches for site in self._sites),
            calls=tuple(sorted((call for call in calls if call.count), key=lambda call: -call.wait)),
            unrecorded=self.failure,
            rescues=_named(self.rescues),
            stalls=tuple(each for each in _named(self.stalls) if each[1] > 1),
            recorded=self.recording.path if self.records is not None else "",
        )

    def _call_summary(self, tally: Tally) -> CallSummary:
        """All waits of one kind of call, in nanoseconds."""
        sites = self.sites_of(tally)
        histogram: dict[int, int] = {}
        for site in sites:
            for bucket, count in site.histogram.items():
                histogram[bucket] = histogram.get(bucket, 0) + count
        longest = max((site.longest for site in sites), default=0.0)
        values = (
            sum(site.wait for site in sites),
            sum(site.late for site in sites),
            min(quantile(histogram, 0.5), longest),
            min(quantile(histogram, 0.99), longest),
            longest,
        )
        return CallSummary(tally.name, sum(histogram.values()), *(round(value * 1e9) for value in values))


def _named(counts: dict[Place, int]) -> tuple[tuple[str, int], ...]:
    return tuple((f"{file}:{line} {name}", count) for (file, line, name), count in list(counts.items()))


def _scheduling() -> tuple[int, int]:
    """Nanoseconds the calling thread has spent on a core and, runnable, queued for one."""
    file = ProcFile("/proc/thread-self/schedstat")
    try:
        scheduled = file.scheduled()
    finally:
        file.close()
    if scheduled is None:
        return originals.thread_time_ns(), 0
    return scheduled
