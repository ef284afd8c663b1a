"""Rescue: the last resort where a call that no hook covers waits in the kernel, and others could run.

A signal ends the system call; CPython's own functions then run signal handlers, among them the one that preempts, and
make the call again when their coroutine has its next turn (PEP 475). A library of somebody else may not expect that. So
the signal is sent only if one and the same system call is seen twice, it is one that CPython makes again, and CPython
made it: among the first words of the thread's stack, where the address is that the system call's wrapper returns to,
are addresses of the interpreter and of nobody else but the C library, which did not call that wrapper itself.

From glibc 2.41 on the wrappers of calls that wait make them by functions which are common to all (`_find_helpers`).

Never sent for read(2) and write(2): file objects make these while they hold a lock that belongs to the thread, and
`os.eventfd_read` does not make its again. Nor does `os.lockf` its fcntl(2), and `connect` of a Unix socket takes the
interruption for success. pause(2) is to end with a signal, and readline can be entered but once.
"""

from __future__ import annotations

import os
import sys

from ocoro.runtime import originals
from ocoro.runtime.frames import is_ours
from ocoro.runtime.instance import scheduler
from ocoro.runtime.monitor import limits
from ocoro.runtime.proc import ProcFile
from ocoro.runtime.standing import home_frame
from ocoro.runtime.watch import held_up

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

SIGNAL = 62  # SIGRTMAX - 2: its handler runs before that of preemption
_WORDS = 24  # of the stack: five more than are needed to find who called a wrapper, where that is deepest
_WORD = 8
_AGAIN = 0.5  # seconds between two signals, or looks at the stack, for a call that goes on all the same
# fmt: off
_MADE_AGAIN = {  # system calls of x86-64
    2, 257,  # open, openat
    7, 23, 232, 270, 271, 281,  # poll, select, epoll_wait, pselect6, ppoll, epoll_pwait
    73,  # flock
    19, 20, 275,  # readv, writev, splice
    43, 44, 45, 46, 47, 288,  # accept, sendto, recvfrom, sendmsg, recvmsg, accept4
    61, 247,  # wait4, waitid
    202,  # futex: locks and semaphores
    230,  # clock_nanosleep
}
# fmt: on
_DEEP = {202}  # of these, those that the C library makes in a function behind another
_CALL, _CALL_SIZE = 0xE8, 5  # x86-64's instruction, with a distance of four bytes
_LONGEST = 1024  # bytes from the beginning of a function of the C library to the system call that it makes
_C_LIBRARY = ("libc.so.", "libc-2.", "libpthread", "ld-linux", "ld-musl", "[vdso]")
_LEFT_OUT = (*_C_LIBRARY, "_greenlet.")  # that one makes no system calls
_OURS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # our C code makes none that waits


class Rescue:
    """Looks once per step of the monitor."""

    def __init__(self) -> None:
        task = f"/proc/self/task/{scheduler.native_home}"
        self.file = ProcFile(f"{task}/syscall")
        self._status = f"{task}/status"
        self._seen = b""  # the system call at the last look
        self._again_at = 0.0  # from when on the signal may be sent for the call that was seen

    def look(self, is_silent: bool) -> None:
        """One step later; `is_silent` says that the same coroutine has not answered since the last one."""
        before, self._seen = self._seen, self.file.read() if is_silent else b""
        now = originals.monotonic()
        if not self._seen or self._seen != before:
            self._again_at = 0.0
        elif now >= self._again_at and limits.is_over() and held_up(now):
            self._again_at = now + _AGAIN
            self._send()

    def _send(self) -> None:
        """Interrupt the system call that was seen, if that may be done and it still goes on."""
        frame = home_frame()
        if frame is None or is_ours(frame) or not _is_made_again(self._seen) or self._is_blocked():
            return
        if self.file.read() == self._seen:
            scheduler.rescued = id(frame.f_code) + frame.f_lasti
            originals.pthread_kill(scheduler.home, SIGNAL)

    def _is_blocked(self) -> bool:
        """Whether the thread does not take our signal: it would come much later, when nobody counts on it."""
        for line in _read(self._status).splitlines():
            if line.startswith(b"SigBlk:"):
                return bool(int(line[7:], 16) >> (SIGNAL - 1) & 1)
        return True


def is_possible() -> bool:
    """Whether this is a machine of which we know all that is needed."""
    return os.uname().machine == "x86_64"


def _is_made_again(call: bytes) -> bool:
    """Whether the system call, in the words of proc(5) (number, arguments, stack pointer, counter), is CPython's."""
    words = call.split()
    if len(words) != 9 or not words[0].isdigit() or int(words[0]) not in _MADE_AGAIN:
        return False
    counter = 0 if int(words[0]) in _DEEP else int(words[8], 16)
    try:
        files = _callers(int(words[7], 16), counter)
    except OSError:
        return False
    return bool(files) and all(map(_is_interpreter, files))


def _callers(stack: int, counter: int) -> list[str]:
    """The files, or "" for none, whose code the first words on the stack point to, in that order.

    Ours are left out, and so is the C library, but for what calls the very function that is at `counter`, unless that
    is 0: system(3) makes its own system calls again.
    """
    code = list(_code())
    callers = []
    with originals.open_file("/proc/self/mem", "rb", buffering=0) as memory:
        helpers, more = _helpers or _find_helpers(memory, code)
        memory.seek(stack)
        for word in memoryview(memory.read((_WORDS + more) * _WORD)).cast("Q"):
            file = _file_of(word, code)
            if file is None:
                continue
            function = _called(memory, word, counter) if _is_left_out(file) else 0
            if function in helpers:
                counter = word  # so it is what that one is in which makes the system call
            elif function is not None:
                callers.append(file)
    return callers


def _find_helpers(memory: Any, code: list[tuple[int, int, str]]) -> tuple[frozenset[int], int]:
    """The functions that all wrappers of system calls call one after the other, and how many words these take.

    They are seen in the stack of a call of our own, which the interpreter makes: it reads what it has there itself.
    """
    global _helpers
    with originals.open_file("/proc/thread-self/syscall", "rb", buffering=0) as file:
        call = originals.pread(file.fileno(), 200, 0).split()
    found, words = set(), 0
    if len(call) == 9:  # else the kernel does not tell
        counter = int(call[8], 16)
        stack = memoryview(originals.pread(memory.fileno(), _WORDS * _WORD, int(call[7], 16))).cast("Q")
        for index, word in enumerate(stack):
            file_of_word = _file_of(word, code)
            if file_of_word is not None and not _is_left_out(file_of_word):
                break
            function = None if file_of_word is None else _called(memory, word, counter)
            if function is not None:
                found.add(function)
                counter, words = word, index + 1
    _helpers = frozenset(found), words
    return _helpers


def _file_of(address: int, code: list[tuple[int, int, str]]) -> str | None:
    """The file whose code is at `address`, "" for none, None where there is no code."""
    return next((file for begin, end, file in code if begin <= address < end), None)


def _is_left_out(file: str) -> bool:
    name = os.path.basename(file)
    return name.startswith(_LEFT_OUT) or (name.startswith("fast.") and file.startswith(_OURS))


def _called(memory: Any, address: int, counter: int) -> int | None:
    """The function that is at `counter`, if what stands before `address` calls it.

    A function's part of the stack has old words in it, too: those of what was called there before.
    """
    memory.seek(address - _CALL_SIZE)
    code = memory.read(_CALL_SIZE)
    target = address + int.from_bytes(code[1:], sys.byteorder, signed=True)
    return target if code[0] == _CALL and 0 <= counter - target < _LONGEST else None


def _code() -> Iterator[tuple[int, int, str]]:
    """Begin and end of all executable memory, and the file that it is of."""
    for line in _read("/proc/self/maps").decode(errors="surrogateescape").splitlines():
        addresses, permissions, *rest = line.split(None, 5)
        if "x" in permissions:
            begin, _, end = addresses.partition("-")
            yield int(begin, 16), int(end, 16), rest[3] if len(rest) > 3 else ""


def _is_interpreter(file: str) -> bool:
    """Whether `file` is python itself or one of its own extension modules."""
    folder, name = os.path.split(file)
    is_extension = folder == _EXTENSIONS and not name.startswith("readline.")
    return file == _EXECUTABLE or name.startswith("libpython3.") or is_extension


def _read(path: str) -> bytes:
    try:
        with originals.open_file(path, "rb", buffering=0) as file:
            data: bytes = file.read()
            return data
    except OSError:
        return b""


_helpers: tuple[frozenset[int], int] | None = None  # once they were looked for
_EXECUTABLE = os.path.realpath("/proc/self/exe")
_EXTENSIONS = os.path.join(os.path.dirname(os.path.realpath(os.__file__)), "lib-dynload")
