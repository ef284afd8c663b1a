"""The hooks that are called most, in C (`fast.c`). They may be missing: import them by `acceleration`."""

from collections.abc import Callable
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
    recv_into, send, sendall, and the rest of a sendall. `times` says whether some socket has SO_RCVTIMEO or
    SO_SNDTIMEO.
    """
