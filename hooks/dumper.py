"""`faulthandler.register`: all stacks at a signal.

The interpreter's own handler, in C, sees one thread. It stays in front all the same, as it is called at once whatever
the thread does: it writes into a pipe of ours and then lets the interpreter call a Python handler, which is ours. That
one writes the stacks. A real thread reads the pipe, too: if nobody has answered after a moment, C code holds the
thread, and it writes them from outside.

Who is in front is who was set last, as under python: after `signal.signal` that is the program's own handler.
"""

from __future__ import annotations

import os

from ocoro.hooks import stacks
from ocoro.hooks.farewell import identity
from ocoro.runtime import helpers, originals, signals
from ocoro.runtime.frames import hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.masks import SIG_BLOCK, SIG_SETMASK
from ocoro.runtime.poller import READ, out_of_the_way
from ocoro.runtime.signals import SIG_DFL, SIG_IGN

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

_MOMENT = 0.05  # seconds in which the home thread answers, where it runs Python code
_PIECE = 1 << 16  # bytes
_HARMLESS = (17, 18, 23, 28)  # SIGCHLD, SIGCONT, SIGURG, SIGWINCH: by default nothing follows


class Dumper:
    """One signal. `register` and `unregister` are the interpreter's functions, which have been called already."""

    def __init__(self, register: Callable[..., None], unregister: Callable[[int], bool], number: int) -> None:
        self._register, self._unregister, self._number = register, unregister, number
        self._fd, self._file = -1, None
        self._all_threads = self._chain = True
        self._reader = self._writer = -1
        self._pipe: Any = None  # what both are open to
        self._is_in_front = False  # our handler is behind the interpreter's
        self._answered = False  # by the real thread, and our handler is still to be called
        self._writes = False
        self._before: Any = None  # the native handler
        self._shared: Any = None  # another one of ours for the same signal
        self._theirs: Any = None  # the handler that the program has set
        self._is_ignored = False  # it has set the signal to be ignored

    def begin(self, fd: int, file: Any, all_threads: bool, chain: bool) -> None:
        """Take over, to write to `fd`, which lives as long as `file`.

        Not on another thread, which may set no handler, nor where a handler is set that Python does not know. Nor where
        the default action is to follow that ends the program: that is the kernel's, whatever C code is at work.
        """
        self._fd, self._file, self._all_threads, self._chain = fd, file, all_threads, chain
        if chain and self._number not in _HARMLESS and self._is_at_its_default():
            return
        if scheduler.at_home() and originals.getsignal(self._number) is not None:
            mask = originals.pthread_sigmask(SIG_BLOCK, [self._number])
            try:
                self._put_behind()
            except (OSError, RuntimeError):
                self._register(self._number, file=fd, all_threads=all_threads, chain=chain)
            finally:
                originals.pthread_sigmask(SIG_SETMASK, mask)

    def _is_at_its_default(self) -> bool:
        return self._number not in signals.shared and originals.getsignal(self._number) == SIG_DFL

    def end(self) -> bool:
        """Take away the interpreter's handler and ours; False where that one is in front alone."""
        if not self._is_in_front:
            return False
        mask = originals.pthread_sigmask(SIG_BLOCK, [self._number])
        try:
            self._unregister(self._number)
            self._restore()
        finally:
            originals.pthread_sigmask(SIG_SETMASK, mask)
        self._is_in_front = False
        self._close()
        return True

    def after_fork_in_child(self) -> None:
        """Have a pipe and a thread of our own; the parent's pipe is not to be written to."""
        if self._is_in_front:
            self._close_ends()
            self.begin_anew()

    def begin_anew(self) -> None:
        """The same again."""
        self.end()
        self._register(self._number, file=self._fd, all_threads=self._all_threads, chain=self._chain)
        self.begin(self._fd, self._file, self._all_threads, self._chain)

    # -- handlers ----------------------------------------------------------------------------------------------------

    def _put_behind(self) -> None:
        self._open()
        self._unregister(self._number)
        self._before = originals.getsignal(self._number)
        self._shared = signals.shared.get(self._number)
        signals.share(self._number, self._arrived)
        self._theirs, self._is_ignored = signals.handlers.get(self._number), self._number in signals.ignored
        self._is_in_front = True
        self._write_to_pipe()

    def _write_to_pipe(self) -> None:
        """By the interpreter's handler: of all threads, as there might be nothing to be said of the one it is in."""
        self._register(self._number, file=self._writer, all_threads=True, chain=True)

    def _restore(self) -> None:
        number = self._number
        if self._shared is not None:
            signals.shared[number] = self._shared
            originals.set_signal(number, self._shared)
            return
        signals.shared.pop(number, None)
        was_ignored = number in signals.ignored
        signals.ignored.discard(number)
        if number in signals.handlers:
            signals.install(number, signals.handlers[number])
        elif was_ignored:
            originals.set_signal(number, SIG_IGN)
        else:
            originals.set_signal(number, SIG_DFL if self._theirs is not None else self._before)

    def _is_replaced(self) -> bool:
        """Whether the program has set a handler since, which is in front."""
        number = self._number
        return signals.handlers.get(number) is not self._theirs or (number in signals.ignored) != self._is_ignored

    @hidden
    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if self._is_replaced():
            self._pass_on(frame)
            return
        try:
            later = self._answer(frame)  # noqa: F841 - comes true as we return
        except RecursionError:  # no room left on the program's stack; the real thread has its own
            pass
        if self._chain or self._shared is not None:
            self._pass_on(frame)

    def _pass_on(self, frame: FrameType | None) -> None:
        number = self._number
        if self._shared is not None:
            self._shared(number, frame)
        elif number in signals.handlers:
            signals.pass_on(number, frame)
        elif number not in signals.ignored and callable(self._before) and self._theirs is None:
            self._before(number, frame)
        elif number not in signals.ignored:
            originals.set_signal(number, SIG_DFL)
            originals.kill(originals.getpid(), number)
            originals.set_signal(number, self._arrived)  # that was a signal which is ignored by default
            self._unregister(number)
            self._write_to_pipe()

    # -- stacks ------------------------------------------------------------------------------------------------------

    def _answer(self, frame: FrameType | None) -> Any:
        """In the home thread: write the stacks, unless the real thread has, and once more for what comes meanwhile.

        Returns the `fuse` of what is still to be done.
        """
        if self._writes:
            return None
        self._writes = True
        try:
            data = self._taken()
            if data or not self._answered:
                self._write(frame, data)
            self._answered = False
            while data := self._taken():
                self._write(frame, data)
            if not self._is_open():  # the program has closed it
                self._pipe = None
                self._open()
                self._write_to_pipe()
        finally:
            self._writes = False
        return signals.ask_again()

    def _write(self, running: FrameType | None, data: bytes) -> None:
        if not scheduler.home:  # retired: the home thread is like any other
            stacks.write(self._fd, data)
        else:
            stacks.write(self._fd, self._text(stacks.Stacks(running)))

    def _text(self, all: stacks.Stacks) -> bytes:
        """The kernel gives a signal to main."""
        return all.everybody(scheduler.main) if self._all_threads else all.one(scheduler.main)

    def _watch(self) -> None:
        """In a real thread."""
        reader, pipe = self._reader, self._pipe
        poll = originals.poll()
        poll.register(reader, READ)
        while poll.poll()[0][1] == READ:
            originals.sleep(_MOMENT)
            if self._pipe is not pipe or not scheduler.home:
                return
            self._answered = True  # first: between two calls our handler may be called
            if self._taken():
                stacks.write(self._fd, self._text(stacks.from_outside()))
            else:
                self._answered = False

    # -- the pipe ----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        self._reader, self._writer = (out_of_the_way(fd) for fd in os.pipe())
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._pipe = identity(self._reader)
        helpers.start(self._watch)

    def _is_open(self) -> bool:
        """Whether the program has not closed it."""
        return self._pipe is not None and identity(self._reader) == self._pipe

    def _close(self) -> None:
        if self._is_open():
            originals.write(self._writer, b" ")  # ends the real thread's wait
            self._close_ends()

    def _close_ends(self) -> None:
        if self._is_open():
            self._pipe = None
            originals.close(self._writer)
            originals.close(self._reader)

    def _taken(self) -> bytes:
        """What the interpreter's handler has written; nothing where somebody has taken it already."""
        data = b""
        try:
            while self._is_open() and (piece := originals.read(self._reader, _PIECE)):
                data += piece
        except OSError:
            return data
        return data
