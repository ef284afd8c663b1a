"""Python-level signal handlers run in the main coroutine, as Python runs them in the main thread.

The interpreter calls a handler wherever the home thread happens to be. `_arrived` stands in for every handler of the
program: in the main coroutine's own code it calls the handler there and then, in another coroutine or in the hub it
wakes main, and inside the runtime it leaves it to the guard at the way out, or to the next park (see `frames.guarded`).

C code may look for signals (`PyErr_CheckSignals`) again when a handler has raised already, with the error set. A native
handler of ours, whom the program did not ask to be called, must leave that as it is; but the interpreter refuses the
result of the first C function that is called then, by a SystemError whose cause is the error. So each of them begins by
calling one that does nothing, and ends by raising again what was set (`raise_again`).
"""

from __future__ import annotations

import sys
from _functools import partial
from _signal import SIGBUS

from ocoro.runtime import masks, monitor, originals, rescue
from ocoro.runtime.env import CALLS
from ocoro.runtime.frames import deliver_by, hidden, is_ours, theirs, without_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.recording import guard_again
from ocoro.runtime.standing import own_place, places
from ocoro.runtime.trip import fuse

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

    from ocoro.runtime.coroutine import Coroutine

SIG_DFL, SIG_IGN = 0, 1
_NONE = 0  # no signal
_ROOM = 12  # frames; more than letting others run takes

_tally = scheduler.recorder.tally("preempted")
touch = originals.get_ident  # a C function; it raises SystemError where an error is set
_has_asked = partial(setattr, scheduler, "asked", True)  # before it trips its signal: else that is the program's
shared: dict[int, Any] = {}  # signal number -> a native handler of ours, which stays beside the program's
ignored: set[int] = set()  # shared ones that the program has set to be ignored
pausing: dict[Coroutine, int] = {}  # who waits for any signal to be handled, by which wait
wakeup_fd = -1  # what the program gave signal.set_wakeup_fd
warns_when_full = True
wakeup_failed: list[Callable[[OSError, FrameType | None], None]] = []  # to be told where that cannot be written to
handlers: dict[int, Any] = {}  # signal number -> the program's handler, where that is a Python callable
on_way_out: list[Callable[[], None]] = []  # also called where the program is returned to
inside: list[Callable[[], bool]] = []  # whether the caller is inside C code that puts off handlers until it is left
elsewhere: list[Callable[[], object]] = []  # the last has `run_pending` called in a thread that passes for main


def begin() -> None:
    """Stand in for the handlers that are there already (SIGINT's), and be ready to be preempted."""
    masks.begin()
    scheduler.run_handlers = run_pending
    deliver_by(_deliver, _deliver_after_return)
    scheduler.start_monitor = lambda: monitor.Monitor().start()
    for number in range(1, 65):
        try:
            handler = originals.getsignal(number)
        except ValueError:
            continue
        if callable(handler):
            install(number, handler)
    share(monitor.SIGNAL, _asked_by_monitor)
    scheduler.watch_signals = watch
    watch()


def end() -> None:
    """Let the program's handlers be the native ones again, and preempt nobody.

    The handler of preemption stays, as the monitor may have asked just now.
    """
    for number, handler in handlers.items():
        if number not in shared:
            originals.set_signal(number, handler)
    handlers.clear()
    originals.set_wakeup_fd(wakeup_fd, warn_on_full_buffer=warns_when_full)
    scheduler.watch_signals = lambda: None
    scheduler.start_monitor = lambda: None
    if scheduler.monitor is not None:
        scheduler.monitor.stop()
        scheduler.monitor = None


def begin_rescue() -> None:
    """Be ready to be called out of a system call that holds up the others."""
    if rescue.is_possible():
        monitor.limits.rescuer = rescue.Rescue
        share(rescue.SIGNAL, _asked_by_monitor)


def watch() -> None:
    """Have the C signal handler end the poller's wait.

    Otherwise a signal that comes just before the system call would be noticed when the wait is over. The program's own
    wake-up fd gets its bytes from `_arrived`, as the C handler would also write there what the monitor asks.
    """
    originals.set_wakeup_fd(scheduler.poller.signal_fd, warn_on_full_buffer=False)


def set_wakeup_fd(fd: int, warn_on_full_buffer: bool = True) -> int:
    """Have the numbers of signals written to `fd`, unless it is -1; returns the one before."""
    global wakeup_fd, warns_when_full
    was_asked, scheduler.asked = scheduler.asked, True  # while it is the C handler's nobody asks
    try:
        originals.set_wakeup_fd(fd, warn_on_full_buffer=warn_on_full_buffer)
    finally:
        watch()
        if not was_asked:
            scheduler.asked = False
    before, wakeup_fd, warns_when_full = wakeup_fd, fd, bool(warn_on_full_buffer)
    return before


def share(number: int, handler: Any) -> None:
    """Have `handler` called for signal `number` from now on, whatever the program sets; it is to `pass_on` the rest."""
    shared[number] = handler
    if originals.getsignal(number) == SIG_IGN:
        ignored.add(number)
    originals.set_signal(number, handler)


@hidden
def pass_on(number: int, frame: FrameType | None) -> None:
    """Call the program's handler of a shared signal, which is in `handlers`."""
    _arrived(number, frame)


def install(number: int, handler: Any) -> None:
    """Make `handler` the handler of signal `number`; raises what `signal.signal` raises."""
    if number in shared:
        _install_beside_ours(number, handler)
    elif callable(handler):
        originals.set_signal(number, _arrived)
        handlers[number] = handler
    else:
        originals.set_signal(number, handler)
        handlers.pop(number, None)
    if number == SIGBUS:
        guard_again(True)


def _install_beside_ours(number: int, handler: Any) -> None:
    """A shared signal, such as that of preemption: our native handler stays, and tells what is for the program."""
    handlers.pop(number, None)
    try:
        originals.set_signal(number, handler)  # raises for what is no handler
    finally:
        originals.set_signal(number, shared[number])
        if number == monitor.SIGNAL and scheduler.asked:
            originals.interrupt_main(number)  # it may have been asked while the handler was not there
    ignored.discard(number)
    if handler == SIG_IGN:
        ignored.add(number)
    if callable(handler):
        handlers[number] = handler


@hidden
def raise_again(error: BaseException | None) -> None:
    """Raise what C code had raised when it looked for signals, just as it was; nothing if that was nothing."""
    if error is None:
        return
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context


@hidden
def _arrived(number: int, frame: FrameType | None) -> None:
    was_set = None
    try:
        touch()
    except SystemError as failure:
        was_set = failure.__cause__
    if wakeup_fd != -1:
        _write_number(number, frame)
    scheduler.signals.append(number)
    if elsewhere:
        elsewhere[-1]()
    elif scheduler.current is not scheduler.main or scheduler.main.parked:  # parked: about to switch away
        scheduler.nudge_main()
    elif frame is None or not _is_at_work(frame):
        try:
            run_pending(frame)
        except BaseException as error:
            error.__traceback__ = without_ours(error.__traceback__)
            raise
    raise_again(was_set)


def _write_number(number: int, frame: FrameType | None) -> None:
    try:
        originals.write(wakeup_fd, bytes((number,)))
    except OSError as error:
        if warns_when_full or not isinstance(error, BlockingIOError):
            for tell in wakeup_failed:
                tell(error, frame)


@hidden
def _asked_by_monitor(number: int, frame: FrameType | None) -> None:
    """The native handler of both numbers of ours. Where an error is set, or no room for more, they can wait."""
    was_set = None
    try:
        touch()
        if not _is_there_room(1):
            return
    except RecursionError:
        return
    except SystemError as failure:
        was_set = failure.__cause__
    if was_set is None:
        (_slice_is_over if number == monitor.SIGNAL else _rescued)(number, frame)
        return
    again = fuse(number, *((_has_asked,) if scheduler.asked else ()))  # noqa: F841 - trips the signal as we return
    raise_again(was_set)


def _slice_is_over(number: int, frame: FrameType | None) -> None:
    """The monitor has asked: let the others run, in the middle of the runtime as soon as we are out of it.

    Unless the kernel did send a signal of that number, which is the program's then. And not in the middle of a C call,
    which may look for signals while it holds a lock of its own, as a buffered file does when it writes.
    """
    if scheduler.recorder.is_asked():
        scheduler.when_asked(frame)
    if not scheduler.asked:
        if not scheduler.recorder.take_signal():
            _sent(number, frame)
        return
    if not _is_there_room() or not monitor.limits.is_over():
        scheduler.asked = False
        return
    if frame is not None and _is_in_call(frame) and scheduler.rescued != _instruction(frame):
        again = fuse(number, _has_asked)  # noqa: F841 - trips the signal again as we return
        return
    scheduler.rescued = 0
    scheduler.asked = False
    if frame is not None and _is_at_work(frame):
        scheduler.overdue = True
        scheduler.signals.append(_NONE)  # makes the guard at the way out look
    else:
        _let_others_run(frame)
        task = scheduler.current.task
        if task is not None and task.pending and frame is not None:
            task.interrupt_computing(frame)


def _is_there_room(frames: int = _ROOM) -> bool:
    """Whether so many frames fit on the program's stack: a switch must not fail half-way, for want of one."""
    try:
        return not frames or _is_there_room(frames - 1)
    except (RecursionError, MemoryError):
        return False


def end_pause(coroutine: Coroutine) -> None:
    """A signal handler has run for `coroutine`: its `pause`, if it is in one, is over."""
    if coroutine in pausing:
        scheduler.unpark(coroutine, pausing[coroutine])


def _rescued(number: int, frame: FrameType | None) -> None:
    """The monitor has ended a system call, unless the signal is the program's; `_slice_is_over` is called next."""
    if not scheduler.rescued:
        _sent(number, frame)
    elif frame is not None and _instruction(frame) == scheduler.rescued:
        scheduler.recorder.rescued(frame, own_place(list(places(frame))))
    else:
        scheduler.rescued = 0


def _is_at_work(frame: FrameType) -> bool:
    """Whether the runtime is, where a switch could come between the telling of a waker and the wait.

    So is C code of others that a hook has entered for the program and that must not be entered again: it looks for
    signals itself, and a handler that prints would find the stream in use.
    """
    return is_ours(frame) or scheduler.recorder.opening or any(is_inside() for is_inside in inside)


def _is_in_call(frame: FrameType) -> bool:
    return not is_ours(frame) and frame.f_code.co_code[frame.f_lasti] in CALLS


def _instruction(frame: FrameType) -> int:
    return id(frame.f_code) + frame.f_lasti


def _sent(number: int, frame: FrameType | None) -> None:
    if number in handlers:
        _arrived(number, frame)
    elif number not in ignored and not scheduler.asks_again:
        originals.set_signal(number, SIG_DFL)
        originals.kill(originals.getpid(), number)


def _let_others_run(frame: FrameType | None = None) -> None:
    """Preempt the current coroutine, which computes in `frame` or where we are called from."""
    if scheduler.me() is not None:
        scheduler.turn = 0.0
        site = _tally.here(frame)
        scheduler.recorder.preempted(scheduler.current, site)
        scheduler.give_way(site)


def ask_again() -> Any:
    """At the end of a shared handler: the `fuse` by which a time slice that is over by now ends for the program."""
    if not _was_overdue():
        return None
    scheduler.asks_again |= scheduler.asked
    return fuse(monitor.SIGNAL, _has_asked)


def _was_overdue() -> bool:
    """Whether the time slice ended while the runtime was at work; that is known from now on."""
    was, scheduler.overdue = scheduler.overdue, False
    if was and _NONE in scheduler.signals:
        scheduler.signals.remove(_NONE)
    return was


def _let_others_run_if_overdue() -> None:
    if _was_overdue() and monitor.limits.is_over() and _is_there_room():  # not over: it was another's time slice
        _let_others_run()


def _deliver() -> None:
    """At the way out of the runtime: do what could not be done inside."""
    _let_others_run_if_overdue()
    for look in on_way_out:
        look()
    if scheduler.current is scheduler.main and scheduler.at_home():
        run_pending()


def _deliver_after_return() -> Any:
    """The same, but the handlers are left to whoever is returned to: see `fuse`."""
    _let_others_run_if_overdue()
    if scheduler.current is not scheduler.main or not scheduler.at_home():
        return None
    fuses = []
    while (number := _next_arrived()) is not None:  # one by one, as more may come meanwhile
        if number in handlers:
            fuses.append(fuse(number))
    return fuses


def _next_arrived() -> int | None:
    """Take the number of the signal that came first; None when there is none.

    Not by a loop's condition and `popleft` in its body: between the two comes the loop's backward jump, and there a
    handler of another signal, which may take the last one.
    """
    try:
        number: int = scheduler.signals.popleft()
    except IndexError:
        return None
    return number


@hidden
def run_pending(frame: FrameType | None = None) -> None:
    """Call the handlers of what has arrived; in the main coroutine, or in its deputy, only."""
    if frame is None:
        frame = theirs(sys._getframe())  # that of the caller, as this one is hidden
    while (number := _next_arrived()) is not None:
        handler = handlers.get(number)
        if handler is not None:
            handler(number, frame)
            end_pause(scheduler.main)
