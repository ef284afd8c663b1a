"""`faulthandler`: what it writes knows coroutines, as it knows threads, whatever asks for it but a crash."""

from __future__ import annotations

import os
import sys

from ocoro.hooks import stacks
from ocoro.hooks.dumper import Dumper
from ocoro.hooks.watchdog import Watchdog
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler
from ocoro.runtime.masks import SIG_BLOCK, SIG_SETMASK
from ocoro.runtime.recording import guard_again

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


LEAVES: dict[str, str] = {}  # what `enable` has written is of the coroutine that ran: the process has crashed

_native: dict[str, Any] = {}
_watchdog: list[Watchdog] = []  # the one that is set
_dumpers: dict[int, Dumper] = {}  # signal number -> who writes then


def before(module: Any) -> None:
    """Keep what is replaced."""
    _native.update((name, getattr(module, name)) for name in REPLACES)


def patched(module: Any) -> None:
    """Be told of forks."""
    os.register_at_fork(after_in_child=_after_fork_in_child)


def dump_traceback(origin: Any, /, file: Any = None, all_threads: Any = True) -> None:
    """Replaces `faulthandler.dump_traceback`."""
    fd = _descriptor(_or_stderr(file))
    me = scheduler.me()
    if fd < 0 or me is None:
        _native["dump_traceback"](*(() if file is None else (file,)), all_threads=all_threads)
        return
    all = stacks.Stacks(sys._getframe(1))
    stacks.write(fd, all.everybody(me) if all_threads else all.one(me))


def dump_traceback_later(origin: Any, /, *args: Any, **options: Any) -> None:
    """Replaces `faulthandler.dump_traceback_later`."""
    arm, call_off = _native["dump_traceback_later"], _native["cancel_dump_traceback_later"]
    arm(*args, **options)  # refuses what cannot be, and until then leaves the one before as it is
    if _watchdog:
        _watchdog.pop().end()
        arm(*args, **options)  # the other may have set itself behind just now
    timeout, repeat, file, exit = _of_later(*args, **options)
    watchdog = Watchdog(arm, call_off, float(timeout), bool(repeat), bool(exit))
    if scheduler.home and watchdog.begin(_descriptor(file), file):
        _watchdog.append(watchdog)


def _of_later(timeout: Any, repeat: Any = False, file: Any = None, exit: Any = False) -> tuple[Any, Any, Any, Any]:
    return timeout, repeat, _or_stderr(file), exit


def cancel_dump_traceback_later(origin: Any, /) -> None:
    """Replaces `faulthandler.cancel_dump_traceback_later`."""
    while _watchdog:
        _watchdog.pop().end()
    _native["cancel_dump_traceback_later"]()


def register(origin: Any, /, *args: Any, **options: Any) -> None:
    """Replaces `faulthandler.register`."""
    number = options.get("signum", args[0] if args else None)
    known = _dumpers.get(number) if isinstance(number, int) else None
    if known is None:
        _native["register"](*args, **options)
    else:
        mask = originals.pthread_sigmask(SIG_BLOCK, [number])  # there is a handler all the time
        try:
            known.end()
            _native["register"](*args, **options)
        except BaseException:
            known.begin_anew()
            raise
        finally:
            originals.pthread_sigmask(SIG_SETMASK, mask)
    signum, file, all_threads, chain = _of_register(*args, **options)
    dumper = _dumpers[int(signum)] = Dumper(_native["register"], _native["unregister"], int(signum))
    dumper.begin(_descriptor(file), file, bool(all_threads), bool(chain))


def _of_register(signum: Any, file: Any = None, all_threads: Any = True, chain: Any = False) -> tuple[Any, ...]:
    return signum, _or_stderr(file), all_threads, chain


def unregister(origin: Any, signum: Any, /) -> Any:
    """Replaces `faulthandler.unregister`."""
    known = _dumpers.pop(signum, None) if isinstance(signum, int) else None
    return (known is not None and known.end()) or _native["unregister"](signum)


def _or_stderr(file: Any) -> Any:
    return getattr(sys, "stderr", None) if file is None else file


def _after_fork_in_child() -> None:
    _watchdog.clear()
    for dumper in _dumpers.values():
        dumper.after_fork_in_child()


def enable(origin: Any, /, *args: Any, **kwargs: Any) -> None:
    """Replaces `faulthandler.enable`, whose handlers are to be beneath that of a recording."""
    _native["enable"](*args, **kwargs)
    guard_again(False)


def disable(origin: Any, /) -> bool:
    """Replaces `faulthandler.disable`."""
    was_enabled: bool = _native["disable"]()
    guard_again(True)
    return was_enabled


def _descriptor(file: Any) -> int:
    """The number of the fd to write to, negative where the original is to refuse `file`."""
    if type(file) is int:
        return file if file < 1 << 31 else -1
    try:
        fd = file.fileno()
        file.flush()
    except Exception:
        return -1
    return fd if type(fd) is int else -1


REPLACES = {
    "enable": enable,
    "disable": disable,
    "dump_traceback": dump_traceback,
    "dump_traceback_later": dump_traceback_later,
    "cancel_dump_traceback_later": cancel_dump_traceback_later,
    "register": register,
    "unregister": unregister,
}
