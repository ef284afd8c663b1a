"""The common case of waiting, in C (`fast.c`). It may be missing: import it by `acceleration`."""

from collections.abc import Callable
from mmap import mmap
from types import FrameType
from typing import Any

from ocoro.runtime.fds import FdWaits
from ocoro.runtime.lock import Lock, RLock, Waiter
from ocoro.runtime.poller import Waiters
from ocoro.runtime.records import Records
from ocoro.runtime.switching import Switching
from ocoro.runtime.tally import Site, Tally

waits: object  # a capsule with what `ocoro.hooks.fast` needs

class Sums:
    """Waits of one site that are not folded yet; `len` is the number of switches. Seconds."""

    def __len__(self) -> int: ...
    def take(self) -> tuple[int, float, float, float, dict[int, int]]:
        """How many switches, the waits and lates in sum, the longest wait, and a histogram; all is zero then."""

def guard(memory: mmap, /) -> None:
    """Let writes to this mapping of a file succeed where somebody has cut the file short: memory takes its place.

    Stands on top of the handler of SIGBUS from then on, and leaves any other such signal to that one.
    """

def unguard(memory: mmap, /) -> None:
    """The mapping is about to end."""

def was_cut() -> bool:
    """Whether a file was found cut short since the last time."""

def on_top(ends: bool, /) -> None:
    """The handler of SIGBUS has changed: stand on top of it again. With `ends`, no other is beneath the new one."""

def frame_of(ident: int, /) -> FrameType | None:
    """The innermost frame that a thread of the system has in the main interpreter."""

def switch(greenlet: Any, /) -> None:
    """Switch to a greenlet, with all that belongs to a thread put aside (see `threadstate`)."""

def mute_hidden() -> None:
    """Have trace and profile functions told of nothing that happens in hidden frames, from now on."""

def watch_switches(leaves: Callable[[Any], None], is_back: Callable[[], None], /) -> None:
    """Have `leaves` called with the current coroutine before each switch, and `is_back` after each."""

def begin_thread() -> None:
    """A coroutine begins, and is a thread of its own to the interpreter."""

def end_thread() -> None:
    """A coroutine ends: let go of what the interpreter keeps for a thread. Destructors may run, and wait."""

def serve_locks(
    lock: type[Lock],
    rlock: type[RLock],
    waiter: type[Waiter],
    tally: Tally,
    nobody: object,
    original: type,
    original_rlock: type,
    /,
) -> None:
    """Stand in front of the methods of these locks, whose waits count in `tally`, with the texts of the originals'."""

def thread_functions(allocate_lock: Any, get_ident: Any, python_get_ident: Callable[[], int], /) -> dict[str, Any]:
    """What stands in for the two functions of `_thread`, by name, once locks are served.

    Who is no coroutine has its identity from `python_get_ident`.
    """

def begin(
    scheduler: FdWaits,
    switching: type[Switching],
    fd_waits: type[FdWaits],
    records: type[Records],
    tally: type[Tally],
    site: type[Site],
    waiters: type[Waiters],
) -> None:
    """Stand in front of the methods of these classes, for this one scheduler.

    Raises ImportError where the interpreter is of an unknown kind.
    """
