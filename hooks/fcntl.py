"""`fcntl`: waits for locks of files (see `files.until_free`). A lone thread waits in the kernel, as ever."""

from __future__ import annotations

import fcntl as _fcntl

from ocoro.hooks.files import others_run, until_free
from ocoro.runtime.frames import hidden
from ocoro.runtime.instance import scheduler

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES = {
    "ioctl": "what it does is the driver's affair",
}

_WAITING = {
    getattr(_fcntl, name): getattr(_fcntl, name.removesuffix("W"))
    for name in ("F_SETLKW", "F_OFD_SETLKW")
    if hasattr(_fcntl, name)
}  # command of fcntl(2) -> the one that does not wait
_flock, _lockf, _control = _fcntl.flock, _fcntl.lockf, _fcntl.fcntl


@hidden
def flock(origin: Any, fd: Any, operation: Any, /) -> None:
    """Replaces `fcntl.flock`."""
    scheduler.checkpoint()
    if type(operation) is not int or operation & (_fcntl.LOCK_NB | _fcntl.LOCK_UN) or not others_run():
        _flock(fd, operation)
    else:
        until_free(_flock, fd, operation | _fcntl.LOCK_NB)


@hidden
def lockf(origin: Any, fd: Any, cmd: Any, /, *section: Any) -> None:
    """Replaces `fcntl.lockf`."""
    scheduler.checkpoint()
    if type(cmd) is not int or cmd & (_fcntl.LOCK_NB | _fcntl.LOCK_UN) or not others_run():
        _lockf(fd, cmd, *section)
    else:
        until_free(_lockf, fd, cmd | _fcntl.LOCK_NB, *section)


@hidden
def fcntl(origin: Any, fd: Any, cmd: Any, /, *arg: Any) -> Any:
    """Replaces `fcntl.fcntl`, of which two commands wait."""
    scheduler.checkpoint()
    if type(cmd) is not int or cmd not in _WAITING or not others_run():
        return _control(fd, cmd, *arg)
    return until_free(_control, fd, _WAITING[cmd], *arg)


REPLACES = {"flock": flock, "lockf": lockf, "fcntl": fcntl}
