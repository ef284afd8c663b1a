"""Prints each hooked call of the traced program when it has ended, and keeps it in the recording.

In strace's shape a call is printed when it begins, and in two parts when another is printed in between.
"""

from __future__ import annotations

import os
import time
from collections import deque
from fcntl import F_DUPFD_CLOEXEC, fcntl
from typing import Any

from ocoro.cli.tracing.decode import Plain, Strace, fileno
from ocoro.cli.tracing.lines import Choice, line
from ocoro.hooks import observe
from ocoro.hooks.thread import name_of
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.recorder import innermost

HIGH = 900  # our own fd is moved up to here, so that the program's first file has the number it has without us
MEANWHILE = 64  # calls of others that are remembered, to tell who ran in the meantime
LONG = 0.001  # seconds from which on a call that was not suspended counts as blocked


def begin(text: str) -> None:
    """Trace this process; `text` is what `Choice.text` made of the options."""
    choice = Choice.of(text)
    if choice.output:
        fd = os.open(choice.output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
    else:
        fd = os.dup(2)
    high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH)
    originals.close(fd)
    tracer: Any = StraceTracer(choice, high) if choice.strace else Tracer(choice, high)
    observe.watch(tracer)
    scheduler.recorder.listener = tracer.waited


class Call:
    """One call that is going on."""

    def __init__(self, call: str, args: tuple[Any, ...], begun: str, serial: int, seen: int) -> None:
        self.call, self.args, self.begun = call, args, begun
        self.serial = serial  # of its coroutine's waits
        self.seen = seen  # calls of all coroutines before it
        self.clock = time.time()
        self.at = originals.monotonic()
        self.place: Any = None


class Tracer:
    """In ocoro's manner, a line a call."""

    def __init__(self, choice: Choice, fd: int) -> None:
        self.choice, self._fd = choice, fd
        self._pid = originals.getpid()
        self._plain = Plain(choice.strings)
        self._calls = 0
        self._latest: deque[tuple[int, str]] = deque(maxlen=MEANWHILE)
        self._inside: set[int] = set()  # coroutines that are in an observed call

    # -- what is observed --------------------------------------------------------------------------------------------

    def begin(self, call: str, args: tuple[Any, ...]) -> Any:
        """A call begins; None when it is not to be told, or made by another that is told."""
        coroutine = scheduler.current
        if not scheduler.at_home() or coroutine.number in self._inside or not self.choice.calls(call):
            return None
        self._inside.add(coroutine.number)
        token = Call(call, args, self._plain.begin(call, args), coroutine.serial, self._calls)
        if scheduler.recorder.places is not None:
            token.place = scheduler.recorder.tally(call).site(innermost(1))
        self._started(token)
        return token

    def end(self, token: Any, result: Any) -> None:
        """It has returned."""
        if token is not None:
            self._over(token, self._plain.end(token.call, token.args, result), result, None)

    def fail(self, token: Any, error: BaseException) -> None:
        """It has raised."""
        if token is not None:
            self._over(token, self._plain.fail(error), None, error)

    def waited(self, site: Any, coroutine: Any, parked_at: float, ready_at: float, resumed_at: float) -> None:
        """A wait that is not part of an observed call: for a lock, a queue, an epoll."""
        call = site.tally.name
        if coroutine.number in self._inside or not self.choice.calls(call):
            return
        token = Call(call, (), f"{call}()", coroutine.serial - 1, self._calls)
        token.clock -= originals.monotonic() - parked_at
        token.at, token.place = parked_at, site
        self._waited(token, ready_at)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _started(self, token: Call) -> None:
        """A call begins: nothing is printed yet."""

    def _waited(self, token: Call, ready_at: float) -> None:
        self._inside.add(scheduler.current.number)
        self._over(token, "", None, None)

    def _over(self, token: Call, end: str, result: Any, error: BaseException | None) -> None:
        coroutine = scheduler.current
        now = originals.monotonic()
        self._inside.discard(coroutine.number)
        suspended = coroutine.serial != token.serial
        name = self._name(coroutine)
        meanwhile = self._meanwhile(token, name)
        self._calls += 1
        self._latest.append((self._calls, name))
        if not self.choice.lasts(now - token.at):
            return
        text = token.begun + end
        fd = fileno(token.args[0]) if token.args else -1
        if token.place is not None:
            ready = min(max(coroutine.ready_at, token.at), now) if suspended else token.at
            scheduler.recorder.call(coroutine.number, token.place, (token.at, ready, now), fd, text)
        how = "suspended" if suspended else "blocked" if now - token.at >= LONG else ""
        self._tell(token, name, text, now - token.at, how, meanwhile, result, error)

    def _tell(
        self,
        token: Call,
        name: str,
        text: str,
        duration: float,
        how: str,
        meanwhile: list[str],
        result: Any,
        error: BaseException | None,
    ) -> None:
        place = "" if token.place is None else token.place.place
        self._write(line(token.clock, name, text, duration, how, meanwhile, place) + "\n")

    def _meanwhile(self, token: Call, me: str) -> list[str]:
        """Who else made calls since `token` began, in order."""
        names = dict.fromkeys(name for number, name in self._latest if number > token.seen and name != me)
        return list(names)

    def _name(self, coroutine: Any) -> str:
        if coroutine.function is None:
            return "MainThread"
        return name_of(coroutine.function)

    def _write(self, text: str) -> None:
        if originals.getpid() != self._pid and not self.choice.output:
            text = "".join(f"[{originals.getpid()}] {each}" for each in text.splitlines(keepends=True))
        data = text.encode("utf-8", "backslashreplace")
        try:
            while data:
                data = data[originals.write(self._fd, data) :]
        except OSError:
            pass  # nobody reads it any more, or the disk is full: the program goes on


class StraceTracer(Tracer):
    """In the shape of `strace -f -tt -T`; a coroutine's number stands for the thread's, the process's for main's."""

    def __init__(self, choice: Choice, fd: int) -> None:
        super().__init__(choice, fd)
        self._strace = Strace(choice.strings)
        self._open: Call | None = None  # its line is not finished

    def _prefix(self, clock: float) -> str:
        fraction = f"{clock % 1:.6f}"[1:]
        stamp = time.strftime("%H:%M:%S", time.localtime(clock)) + fraction
        return f"[pid {self._thread(scheduler.current.number):5}] {stamp} "

    def _thread(self, number: int) -> int:
        return originals.getpid() if number <= 1 else originals.getpid() + number - 1

    def _started(self, token: Call) -> None:
        self._interrupt()
        self._write(self._prefix(token.clock) + self._strace.begin(token.call, token.args))
        self._open = token

    def _waited(self, token: Call, ready_at: float) -> None:
        self._interrupt()
        self._write(f"{self._prefix(token.clock)}{self._strace.name(token.call)}(")
        self._open = token
        super()._waited(token, ready_at)

    def _interrupt(self) -> None:
        """Another call is printed: what stands there is left unfinished."""
        if self._open is not None:
            self._write(" <unfinished ...>\n")
            self._open = None

    def _tell(
        self,
        token: Call,
        name: str,
        text: str,
        duration: float,
        how: str,
        meanwhile: list[str],
        result: Any,
        error: BaseException | None,
    ) -> None:
        strace = self._strace
        rest = strace.fail(error) if error is not None else strace.end(token.call, token.args, result)
        if self._open is token:
            self._open = None
            start = ""
        else:
            self._interrupt()
            start = f"{self._prefix(time.time())}<... {strace.name(token.call)} resumed>"
        self._write(f"{start}{rest} <{duration:.6f}>\n")
