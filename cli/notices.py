"""What is told while the program runs, in words: a stall, a deadlock, all coroutines on demand.

It runs inside the user's program, in the monitor's thread, in the hub or in a signal handler. So it imports nothing
that is not there already, nothing waits but the write itself, and that goes to file descriptor 2 only.
"""

from __future__ import annotations

from ocoro.cli.visible import visible
from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.standing import WAITING, name, own_place

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine
    from ocoro.runtime.standing import Place, Standing
    from ocoro.runtime.watch import Stall

STDERR = 2
READY = 0x004  # POLLOUT
BROKEN = 0x008 | 0x010 | 0x020  # POLLERR, POLLHUP, POLLNVAL
PIECE = 4096  # PIPE_BUF: what fits when poll(2) calls a pipe writable
PATIENCE = 1000  # ms for each piece; who does not read by then misses the rest


def stall(seen: Stall, process: int) -> None:
    """One line about a call that holds the thread; `process` is 0, or the number of the child that speaks."""
    one, many, holds = ("was", "were", "held") if seen.is_over else ("is", "are", "holds")
    others = f"1 other {one}" if seen.held_up == 1 else f"{seen.held_up} others {many}"
    _write(
        f"{_speaker(process)}: stall: {_name(seen.coroutine)} {holds} the thread, since {_clock(seen.begin)}"
        f" for {_seconds(seen.lasted)}, {_where(seen.places)}; {others} ready meanwhile\n"
    )


def endless(seen: Stall, process: int) -> None:
    """What may help against a call that waits for somebody whom it holds up."""
    _write(
        f"{_speaker(process)}: stall: {visible(name(seen.coroutine))} still holds the thread,"
        f" for {_seconds(seen.lasted)}, {_where(seen.places)}: the call waits by itself,"
        " and if another thread of the program is to end that wait it never ends;"
        " try --offload MODULE.FUNCTION for the function that is called there, or --real-threads\n"
    )


def deadlock(standings: list[Standing], process: int) -> None:
    """Who waits for what."""
    head = f"{_speaker(process)}: deadlock: nothing can wake {_coroutines(standings)} any more\n"
    _write(head + "".join(map(_standing, standings)))


def dump(standings: list[Standing], process: int) -> None:
    """What everybody does."""
    head = f"{_speaker(process)}: {_coroutines(standings)} at {_clock(originals.monotonic())}\n"
    _write(head + "".join(map(_standing, standings)))


def no_stack(size: int, process: int) -> None:
    """A thread's stack cannot be as large as the program wants."""
    _write(
        f"{_speaker(process)}: threads cannot have a stack of {size >> 20} MB: all of them share the main thread's,"
        " which is as large as 'ulimit -s' allows, or has other memory below it\n"
    )


def shared(call: str, who: str, process: int) -> None:
    """A thread changes something of its own, and with it that of all."""
    _write(
        f"{_speaker(process)}: {call} in {who} holds for all threads: Linux keeps that for each thread of its own,"
        " and all of them share one\n"
    )


def _write(text: str) -> None:
    """Write without waiting for ever, and nothing where nobody reads: that may be a pipe which the program ignores."""
    data = text.encode("utf-8", "backslashreplace")
    poll = originals.poll()
    poll.register(STDERR, READY)
    try:
        while data and _is_writable(poll):
            data = data[originals.write(STDERR, data[:PIECE]) :]
    except OSError:
        return


def _is_writable(poll: Any) -> bool:
    return any(not events & BROKEN for _, events in poll.poll(PATIENCE))


def _speaker(process: int) -> str:
    return f"ocoro[{process}]" if process else "ocoro"


def _coroutines(standings: list[Standing]) -> str:
    return "1 coroutine" if len(standings) == 1 else f"{len(standings)} coroutines"


def _clock(at: float) -> str:
    """A time of our clock as that of the day."""
    moment = originals.time() - originals.monotonic() + at
    return f"{originals.strftime('%H:%M:%S', originals.localtime(moment))}.{int(moment % 1 * 1000):03}"


def _seconds(time: float) -> str:
    return f"{time:.3f} s" if time < 10 else f"{time:.1f} s"


def _where(places: list[Place]) -> str:
    """The innermost line, and the program's own that led there."""
    if not places:
        return "outside of Python"
    own = own_place(places)
    text = f"in {_line(places[0])}"
    return text if own is places[0] else f"{text}, called by {_line(own)}"


def _line(place: Place) -> str:
    file, line, function = place
    return visible(f"{file}:{line} {function}")


def _name(coroutine: Coroutine) -> str:
    return visible(name(coroutine))


def _standing(standing: Standing) -> str:
    doing = f"{standing.state} in {visible(standing.call)}" if standing.call else standing.state
    who = f"coroutine {standing.number} {visible(standing.name)}"
    lines = [f"{who}: {doing} for {_seconds(standing.lasted)}{_rest(standing)}"]
    lines += [f"    {_line(place)}" for place in standing.frames]
    return "\n".join(lines) + "\n"


def _rest(standing: Standing) -> str:
    """How long yet, for what, and how old."""
    text = f", {_seconds(standing.left)} left" if standing.left != NEVER else ""
    return f"{text}{_wanted(standing)}; started {_seconds(standing.age)} ago"


def _wanted(standing: Standing) -> str:
    holder = standing.holder
    if standing.lock is None or standing.state != WAITING:
        return ""
    if standing.is_joining and holder is not None:
        return f", for the end of {holder.number} {_name(holder)}"
    held = f" held by {holder.number} {_name(holder)}" if holder is not None else ""
    return f", for {visible(type(standing.lock).__name__)} {id(standing.lock):#x}{held}"
