"""Prints each hooked call of the traced program when it has ended, and keeps it in the recording.

In strace's shape a call is printed when it begins. All this runs inside the program, so it must never fail, and never
write into what is the program's: our fd may be closed by the program and its number given to a file.
"""

from __future__ import annotations

import atexit
import os
from _collections import deque

from ocoro.cli.tracing import strace
from ocoro.cli.tracing.decode import Decoder
from ocoro.cli.tracing.lines import Choice, how, line, place_in, times
from ocoro.cli.tracing.output import Output
from ocoro.cli.tracing.values import fileno
from ocoro.cli.visible import visible
from ocoro.hooks import observe
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.tally import innermost

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

MEANWHILE = 64  # turns that are remembered, to tell who ran in the meantime
SUSPENDED = 1e-9  # seconds that a suspended call is at least not ready: so readers know that it was suspended


def begin(text: str) -> None:
    """Trace this process; `text` is what `Choice.text` made of the options."""
    choice = Choice.of(text)
    output = Output(choice.output)
    tracer = StraceTracer(choice, output) if choice.strace else Tracer(choice, output)
    observe.watch(tracer)
    scheduler.recorder.listener = tracer.waited
    atexit.register(tracer.finish)
    os.register_at_fork(before=tracer.before_fork, after_in_child=tracer.after_fork_in_child)


class Call:
    """One call that is going on."""

    def __init__(self, coroutine: Any, call: str, args: tuple[Any, ...], begun: str) -> None:
        self.call, self.args, self.begun = call, args, begun
        self.name, self.number = _name(coroutine), coroutine.number
        self.clock = originals.time()  # when it began, in seconds since 1970
        self.at = originals.monotonic()
        self.place: Any = None


class Tracer:
    """In ocoro's manner, a line for each call when it has ended."""

    def __init__(self, choice: Choice, output: Output) -> None:
        self.choice, self.output = choice, output
        self._pid = originals.getpid()
        self._decoder = Decoder(choice.strings)
        self._folder = _folder()
        self._latest: deque[tuple[float, str]] = deque(maxlen=MEANWHILE)  # who was seen on the thread, and when
        self._inside: dict[int, Call] = {}  # number of a coroutine -> the observed call that it is in

    # -- what is observed --------------------------------------------------------------------------------------------

    def begin(self, call: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        """A call begins; None when it is not to be told, or made by another that is told."""
        if not scheduler.at_home():
            return None
        coroutine = scheduler.current
        self._ran(coroutine)
        if coroutine.number in self._inside or not self.choice.calls(call):
            return None
        token = Call(coroutine, call, args, _told(f"{call}()", self._decoder.begin, call, args, kwargs))
        if scheduler.recorder.places is not None:
            token.place = scheduler.recorder.tally(call).site(innermost(1))
        self._inside[coroutine.number] = token
        self._started(token)
        return token

    def end(self, token: Call | None, result: Any) -> None:
        """It has returned."""
        if token is not None:
            if token.call == "start_thread":
                ended = _started_coroutine(result)
            else:
                ended = _told("", self._decoder.end, token.call, token.args, result)
            self._over(token, ended)

    def fail(self, token: Call | None, error: BaseException) -> None:
        """It has raised."""
        if token is not None:
            self._over(token, _told(" = ?", self._decoder.fail, error))

    def waited(self, site: Any, coroutine: Any, parked_at: float, ready_at: float, resumed_at: float) -> None:
        """A wait is over. It is told unless it was part of an observed call: one for a lock, a queue, an epoll."""
        call = site.tally.name
        self._ran(coroutine)
        if coroutine.number in self._inside or not self.choice.calls(call):
            return
        token = Call(coroutine, call, (), f"{call}()")
        token.clock -= token.at - parked_at
        token.at, token.place = parked_at, site
        self._inside[coroutine.number] = token
        self._started(token)
        self._over(token, "")

    def finish(self) -> None:
        """The program ends: tell what has not ended."""
        for token in list(self._inside.values()):
            self._unfinished(token)
        self._inside.clear()

    def before_fork(self) -> None:
        """From now on two processes write."""

    def after_fork_in_child(self) -> None:
        """The calls of the parent's coroutines are not ours."""
        self._inside.clear()
        self._latest.clear()

    # -- what is told ------------------------------------------------------------------------------------------------

    def _started(self, token: Call) -> None:
        """A call begins: nothing is printed yet."""

    def _over(self, token: Call, ended: str) -> None:
        coroutine = scheduler.current
        now = originals.monotonic()
        self._inside.pop(token.number, None)
        seconds = now - token.at
        if not self.choice.lasts(seconds):
            return
        suspended = scheduler.switched_at >= token.at
        if token.place is not None:
            ready = min(max(coroutine.ready_at, token.at + SUSPENDED), now) if suspended else token.at
            fd = fileno(token.args[0]) if token.args else -1
            scheduler.recorder.call(token.number, token.place, (token.at, ready, now), fd, token.begun + ended)
        self._tell(token, ended, seconds, suspended)

    def _tell(self, token: Call, ended: str, seconds: float, suspended: bool) -> None:
        self._line(token, ended, times(seconds, how(seconds, suspended), self._meanwhile(token)))

    def _unfinished(self, token: Call) -> None:
        seconds = originals.monotonic() - token.at
        if self.choice.lasts(seconds):
            self._line(token, "", times(seconds, "not ended", []))

    def _line(self, token: Call, ended: str, times: str) -> None:
        place = "" if token.place is None else place_in(self._folder, token.place.place)
        text = line(token.clock, token.name, token.begun + ended, times, place)
        process = "" if originals.getpid() == self._pid else f"[{originals.getpid()}] "
        self.output.write(f"{process}{text}\n")

    # -- who ---------------------------------------------------------------------------------------------------------

    def _ran(self, coroutine: Any) -> None:
        """A coroutine has the thread."""
        name = _name(coroutine)
        if self._latest and self._latest[-1][1] == name:
            self._latest.pop()
        self._latest.append((originals.monotonic(), name))

    def _meanwhile(self, token: Call) -> list[str]:
        """Who else was seen on the thread since `token` began, in order."""
        return list(dict.fromkeys(name for at, name in self._latest if at > token.at and name != token.name))


class StraceTracer(Tracer):
    """In the shape of `strace -f -tt -T`."""

    def __init__(self, choice: Choice, output: Output) -> None:
        super().__init__(choice, output)
        self._writer = strace.Writer(in_file=bool(choice.output))

    def before_fork(self) -> None:
        """From now on only whole lines are written, as those of the other process come in between."""
        self.output.write(self._writer.interrupt())
        self.output.whole_lines = True

    def after_fork_in_child(self) -> None:
        super().after_fork_in_child()
        self._writer = strace.Writer(in_file=bool(self.choice.output))

    def finish(self) -> None:
        """A line that stands there stays unfinished."""
        self.output.write(self._writer.interrupt())

    def _started(self, token: Call) -> None:
        if not self.choice.slower:  # else nobody knows yet whether it is told
            self._print_begin(token)

    def _print_begin(self, token: Call) -> None:
        call = strace.Call(token.call, token.begun, "")
        self.output.write(self._writer.begin(token, self._thread(token), token.clock, call))

    def _tell(self, token: Call, ended: str, seconds: float, suspended: bool) -> None:
        if self.choice.slower:
            self._print_begin(token)
        call = strace.Call(token.call, token.begun, ended, originals.getpid())
        self.output.write(self._writer.end(token, self._thread(token), originals.time(), call, seconds))

    def _thread(self, token: Call) -> int:
        return strace.thread(originals.getpid(), token.number)


def _told(otherwise: str, tell: Any, *args: Any) -> str:
    """What `tell` makes of the arguments; a program may call a function with whatever it likes."""
    try:
        return visible(str(tell(*args)))
    except Exception:
        return otherwise


def _started_coroutine(started: Any) -> str:
    """The number of a thread that was started: its coroutine's."""
    ident = getattr(started, "ident", started)
    number = next((each.number for each in scheduler.coroutines if each.ident == ident), 0)
    return f" = coroutine {number}" if number else ""


def _name(coroutine: Any) -> str:
    return visible(scheduler.recorder.name(coroutine))


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""
