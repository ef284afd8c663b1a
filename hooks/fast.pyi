"""The hooks that are called most, in C (`fast.c`). They may be missing: import them by `acceleration`."""

from collections.abc import Callable, Sized
from typing import Any

from ocoro.runtime.tally import Tally

def sleep(original: Any, tally: Tally, python: Callable[..., None], /) -> Callable[[float], None]:
    """What stands in for `time.sleep`, the `original`: it counts in `tally`, and leaves uncommon cases to `python`."""

def socket_methods(
    kind: type,
    sample: Any,
    fd: int,
    family: int,
    tallies: tuple[Tally, ...],
    python: tuple[Any, ...],
    times: list[bool],
    /,
) -> dict[str, Any]:
    """Methods for sockets of `kind`, by name; none where the `sample`, with a time-out of 1.5 s, is not understood.

    They count in the `tallies` of recv, send and sendall, and leave uncommon cases to the functions in `python`: recv,
    recv_into, send, sendall, the rest of a sendall, and a recv or recv_into of what was closed meanwhile. `times` says
    whether some socket has SO_RCVTIMEO or SO_SNDTIMEO.
    """

def serve_files(
    make_lock: Callable[[], Any],
    before_close: Callable[[Any], None],
    after_close: Callable[[Any], None],
    pending: Sized,
    deliver: Callable[[], Any],
    samples: tuple[Any, Any, Any],
    /,
) -> bool:
    """What `take_turns` needs: a maker of locks, and what is called with a raw object of C whose methods are shadowed,
    before and after it is closed. While anything is `pending`, `deliver` is called when one is left; what it returns
    is let go of at once. The first that it is told stays.

    Returns whether the insides of the `samples` are as expected: a reader of what can be seeked, a writer to what
    cannot, and a reader over a raw object of a subclass.
    """

def is_inside() -> bool:
    """Whether the calling coroutine is inside a buffered file that may wait."""

def may_wait(file: Any, /) -> None:
    """A buffered file of a C type may wait, whatever it looks like."""

def take_turns(kind: type, methods: tuple[str, ...], /) -> None:
    """Have coroutines, and threads beside them, take turns at `methods` of this C type of buffered files."""
