"""`queue`: `SimpleQueue`, whose C code would park the thread, becomes a class of the same name in Python.

`Queue`, `LifoQueue` and `PriorityQueue` are Python code over locks and stay as they are.
"""

from __future__ import annotations

from _collections import deque
from types import FunctionType, GenericAlias

from ocoro.runtime import originals
from ocoro.runtime.coroutine import NEVER
from ocoro.runtime.instance import scheduler
from ocoro.runtime.lock import Waiter, leave

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any, ClassVar


LEAVES = {"Queue": "Python code over locks", "PriorityQueue": "the same", "LifoQueue": "the same"}

_tally = scheduler.recorder.tally("queue")
_found: list[Any] = []  # what the module that is being patched had as SimpleQueue
_native: list[Any] = []  # the C type


class SimpleQueue:
    """Unbounded and first in, first out; `put` may be called from a signal handler or a destructor."""

    __slots__ = ("__weakref__", "_items", "_waiters")
    _empty: ClassVar[type[BaseException]]  # `queue.Empty`, from the time it is known

    def __init__(self) -> None:
        self._items: deque[Any] = deque()
        self._waiters: list[Waiter] = []

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Append `item`; never waits, the other arguments are for likeness with Queue."""
        self._items.append(item)
        if self._waiters:
            self._wake_first()

    def _wake_first(self) -> None:
        try:
            while (waiter := self._waiters.pop(0)).is_buried():
                pass
        except IndexError:
            return
        waiter.wake()

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Remove and return the first item; wait for one if `block`, at most `timeout` seconds."""
        if timeout is not None:
            _refuse_bad(block, timeout)
        deadline = NEVER if timeout is None else originals.monotonic() + timeout
        while True:
            try:
                return self._items.popleft()
            except IndexError:
                if not block or not self._wait(deadline):
                    break
        raise self._empty

    def _wait(self, deadline: float) -> bool:
        """Wait until there may be an item: True; False when the time is over."""
        waiter = Waiter(scheduler.me())
        self._waiters.append(waiter)
        if self._items:
            leave(self._waiters, waiter)
            waiter.stay()
            return True
        try:
            waiter.wait(deadline, _tally)
        except BaseException:  # from a signal handler; the item is for somebody else then
            if not leave(self._waiters, waiter):
                self._wake_first()
            raise
        return not leave(self._waiters, waiter) or bool(self._items)

    def put_nowait(self, item: Any) -> None:
        """The same as `put`."""
        self.put(item)

    def get_nowait(self) -> Any:
        """Remove and return the first item; raise Empty if there is none."""
        return self.get(False)

    def empty(self) -> bool:
        """Whether there is no item just now."""
        return not self._items

    def qsize(self) -> int:
        """How many items there are just now."""
        return len(self._items)

    __class_getitem__: Any = classmethod(GenericAlias)


def _refuse_bad(block: Any, timeout: Any) -> None:
    native = _native[0]()
    native.put(None)
    native.get(block, timeout)


SimpleQueue.__module__ = "_queue"


def before(module: Any) -> None:
    """Keep what is about to be replaced."""
    _found[:] = [module.SimpleQueue]


def patched(module: Any) -> None:
    """Learn which exception an empty queue raises; one more copy of the module has one of its own.

    Where `queue` came without `_queue`, its class is Python code over locks, and stays.
    """
    if isinstance(_found[0].get, FunctionType):
        module.SimpleQueue = _found[0]
    elif getattr(SimpleQueue, "_empty", module.Empty) is module.Empty:
        SimpleQueue._empty = module.Empty
        _native[:] = _found
    else:
        namespace = {"__slots__": (), "__module__": "_queue", "__doc__": SimpleQueue.__doc__, "_empty": module.Empty}
        module.SimpleQueue = type("SimpleQueue", (SimpleQueue,), namespace)


REPLACES = {"SimpleQueue": SimpleQueue}
