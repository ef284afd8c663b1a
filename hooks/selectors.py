"""`selectors`: Python code over `select`; the classes took their `select.poll` and `select.epoll` from there."""

from __future__ import annotations

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any


REPLACES: dict[str, Any] = {}
_OVER_SELECT = "Python code over the patched `select`; loaded earlier, it is rebound by identity"
LEAVES = {
    "DefaultSelector": _OVER_SELECT,
    "SelectSelector": _OVER_SELECT,
    "PollSelector": _OVER_SELECT,
    "EpollSelector": _OVER_SELECT,
}
