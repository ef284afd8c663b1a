"""Where what happened is kept: blocks of memory, of a file that others can read meanwhile, or of nobody.

The file's space is claimed before it is mapped: a write to a mapped page that the disk has no room for would kill the
process. Nothing is unmapped or moved before the end, so views into the blocks stay good.

Somebody may cut the file short meanwhile, and a write behind its end would kill the process, too. The parts in C have
the write go to memory instead (`fast_file.c`). Without them `is_cut` looks at the file's size, with each fold, which
comes too late for what is written within some ten milliseconds from the cut.
"""

from __future__ import annotations

import os
from errno import EINVAL
from mmap import mmap
from stat import S_ISREG

from ocoro.runtime import layout, originals
from ocoro.runtime.acceleration import fast
from ocoro.runtime.env import MAPS_WITHOUT_FD
from ocoro.runtime.errors import NotPreparedError
from ocoro.runtime.layout import BLOCK, DESCRIPTION, HEADER, LIVE, MAGIC, PAGE, PREPARED, RECORDS, STATE_AT, SUFFIX

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXTS_SIZE = 16 * PAGE
_SITES_SIZE = 16 * PAGE
_COROUTINES_SIZE = 16 * PAGE


def size_of(events: int) -> int:
    """Bytes of a new recording whose flight recorder has `events` bytes."""
    return 2 * PAGE + _TEXTS_SIZE + _SITES_SIZE + _COROUTINES_SIZE + PAGE + _pages(events)


def prepare(path: str, events: int) -> None:
    """Make the file of a recording, private to the user, and claim its space; an older file is replaced.

    Raises OSError, and leaves no file then. What is no regular file, such as a device, is left alone.
    """
    _remove_old(path)
    fd = originals.open_fd(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(fd, 0o600)
        originals.allocate(fd, 0, size_of(events))
        mmap(fd, size_of(events)).close()  # that this can be done is to be known before the program starts
        os.pwrite(fd, HEADER.pack(MAGIC, layout.VERSION, PAGE, 0, 0, 0, 0.0, PREPARED), 0)
    except OSError as problem:
        os.unlink(path)
        raise OSError(problem.errno, problem.strerror, path) from None
    finally:
        originals.close(fd)


def discard(path: str) -> None:
    """Remove a prepared file, unless somebody records into it. Raises OSError."""
    fd = originals.open_fd(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        header = originals.pread(fd, HEADER.size, 0)
    finally:
        originals.close(fd)
    if _is_ours(header) and HEADER.unpack(header)[-1] == PREPARED:
        os.unlink(path)


def _is_ours(header: bytes) -> bool:
    return len(header) == HEADER.size and HEADER.unpack(header)[:3] == (MAGIC, layout.VERSION, PAGE)


def _check(fd: int, size: int, path: str) -> None:
    """Raise NotPreparedError unless this was made for such a recording, ValueError if somebody has begun it.

    Nothing has been done to the file by then: its name may have come by a variable that somebody has set by hand.
    """
    header = originals.pread(fd, HEADER.size, 0)
    if not _is_ours(header):
        raise NotPreparedError(EINVAL, "no prepared recording", path)
    if HEADER.unpack(header)[-1] != PREPARED:
        raise ValueError(path)
    if os.fstat(fd).st_size != size:
        raise NotPreparedError(EINVAL, "prepared for another size", path)


def guard_again(ends: bool) -> None:
    """The handler of SIGBUS has changed, by which writes to a file that was cut short succeed; see `fast.on_top`."""
    if fast is not None:
        fast.on_top(ends)


def _remove_old(path: str) -> None:
    """Take the name from an older file, which is not overwritten: a process that still records there would crash."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not S_ISREG(mode):
        raise OSError(EINVAL, "not a regular file", path)
    os.unlink(path)


def _pages(size: int) -> int:
    return -(-size // PAGE) * PAGE


class Recording:
    """One process's recording. `path` names a prepared file; without one, memory of the process alone is used.

    Raises OSError when the file cannot be mapped, NotPreparedError when it is no such file, ValueError when somebody
    else records into it.
    """

    def __init__(self, path: str = "", events: int = PAGE) -> None:
        self.path = path
        self._file: tuple[int, int] | None = None
        self._mapped: list[tuple[mmap, int]] = []
        self.failure = ""  # why the file could not grow; it grows no more then
        self._end = 0
        self._texts: dict[str, int] = {"": 0}
        size = size_of(events)
        self.memory = self._map(size)
        self.totals = self._block(layout.TOTALS, PAGE, PAGE)
        self._text_at = self._block(layout.TEXTS, 2 * PAGE, _TEXTS_SIZE)
        self._text_end = 2 * PAGE + _TEXTS_SIZE
        self._text_memory, self._text_base = self.memory, 0
        at = self._text_end
        sites = self._block(layout.SITES, at, _SITES_SIZE)
        self._free_sites = _places(self.memory, sites, at + _SITES_SIZE, layout.SITE_SIZE)
        at += _SITES_SIZE
        coroutines = self._block(layout.COROUTINES, at, _COROUTINES_SIZE)
        self._free_slots = _places(self.memory, coroutines, at + _COROUTINES_SIZE, layout.COROUTINE.size)
        self._more_slots = 4 * _COROUTINES_SIZE
        at += _COROUTINES_SIZE
        self.request = self._block(layout.ASKED, at, PAGE)
        at += PAGE
        first = self._block(layout.EVENTS, at, size - at)
        last = size - layout.EVENT.size
        self.events = range(first, last + 1, layout.EVENT.size)  # where in `memory` they are
        self._sites = 0

    def begin(self, parent: int, monotonic: float, description: dict[str, str]) -> None:
        """Write the header. The description's values may hold anything but NUL."""
        text = "".join(f"{key}={layout.escaped(value)}\n" for key, value in description.items())
        data = text.encode("utf-8", "surrogateescape")[: PAGE - DESCRIPTION - 1] + b"\0"
        self.memory[DESCRIPTION : DESCRIPTION + len(data)] = data
        now = originals.time_ns()
        HEADER.pack_into(self.memory, 0, MAGIC, layout.VERSION, PAGE, os.getpid(), parent, now, monotonic, LIVE)

    def set_state(self, state: int) -> None:
        """Whether the run goes on, for readers."""
        self.memory[STATE_AT] = state

    def set_waker(self, fd: int) -> None:
        """Name the pipe that wakes the process for those who ask what it does: the number of its end to write to."""
        try:
            inode = os.fstat(fd).st_ino
        except OSError:
            fd, inode = -1, 0
        asked, signals, answered, _, _ = layout.REQUEST.unpack_from(self.memory, self.request)
        layout.REQUEST.pack_into(self.memory, self.request, asked, signals, answered, fd, inode)

    def is_cut(self) -> bool:
        """Whether somebody has cut the file short, as far as that can be told: it may have another name by now."""
        if not self.path:
            return False
        if fast is not None:
            was_cut: bool = fast.was_cut()
            return was_cut
        try:
            status = originals.stat(self.path)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._file and status.st_size < self._end

    def close(self) -> None:
        """Unmap the file. Nobody may hold a view into it."""
        while self._mapped:
            memory, stray = self._mapped.pop()
            if fast is not None:
                fast.unguard(memory)
            _close(memory, stray)

    def text(self, text: str) -> int:
        """Keep `text` and return its offset in the file; 0 when there is no room for it."""
        offset = self._texts.get(text)
        if offset is None:
            data = text.encode("utf-8", "backslashreplace").replace(b"\0", b"")[: PAGE // 2] + b"\0"
            if self._text_at + len(data) > self._text_end and not self._more_text():
                return 0
            self._text_memory[self._text_at : self._text_at + len(data)] = data
            offset = self._texts[text] = self._text_base + self._text_at
            self._text_at += len(data)
        return offset

    def site(self) -> tuple[mmap, int, int]:
        """Room for a site: the memory, its offset there, and the site's number, from 1 on."""
        free = next(self._free_sites, None)
        if free is None:
            self._free_sites = self._grow(layout.SITES, 4 * _SITES_SIZE)
            free = next(self._free_sites)
        self._sites += 1
        return *free, self._sites

    def slot(self) -> tuple[mmap, int] | None:
        """Room for a coroutine's record: the memory and the offset there; None when there is none left for now."""
        return next(self._free_slots, None)

    def more_slots(self) -> None:
        """Make room for more coroutines."""
        self._free_slots = self._grow(layout.COROUTINES, self._more_slots)
        self._more_slots *= 2

    def _more_text(self) -> bool:
        memory = self._more(_TEXTS_SIZE)
        if memory is None:
            return False
        BLOCK.pack_into(memory, 0, layout.TEXTS, *RECORDS[layout.TEXTS], _TEXTS_SIZE)
        self._text_memory, self._text_at, self._text_end = memory, BLOCK.size, _TEXTS_SIZE
        self._text_base = self._end - _TEXTS_SIZE
        return True

    def _grow(self, tag: bytes, size: int) -> Iterator[tuple[mmap, int]]:
        """Add a block to the file: where its records are.

        Without room on the disk the memory is the process's own: the report has what is kept there, the file has not.
        """
        memory = self._more(size) or mmap(-1, size)
        BLOCK.pack_into(memory, 0, tag, *RECORDS[tag], size)
        return _places(memory, BLOCK.size, size, RECORDS[tag][1])

    def _more(self, size: int) -> mmap | None:
        """The next `size` bytes of the file, unless it cannot grow: a later block would not have its place then."""
        if not self.failure:
            try:
                return self._map(size)
            except OSError as problem:
                self.failure = problem.strerror or str(problem)
        return None

    def _map(self, size: int) -> mmap:
        """Map the next `size` bytes of the file, or memory of the process; raises OSError."""
        if not self.path:
            return mmap(-1, size)
        if not S_ISREG(os.lstat(self.path).st_mode):  # opening another one may do something already
            raise NotPreparedError(EINVAL, "not a regular file", self.path)
        fd = originals.open_fd(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            file = _identity(fd)
            if self._file is None:
                _check(fd, size, self.path)
            elif self._file != file:
                raise FileNotFoundError(self.path)
            self._file = file
            originals.allocate(fd, self._end, size)
            memory, stray = _mapped(fd, size, self._end)
        finally:
            originals.close(fd)
        if fast is not None:
            fast.guard(memory)
        self._mapped.append((memory, stray))
        self._end += size
        return memory

    def _block(self, tag: bytes, at: int, size: int) -> int:
        BLOCK.pack_into(self.memory, at, tag, *RECORDS[tag], size)
        return at + BLOCK.size


def _identity(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


def _mapped(fd: int, size: int, offset: int) -> tuple[mmap, int]:
    """A mapping that holds no fd open, and the number that its object believes to hold, or -1.

    A mapping needs none, and the program's next file is to have the number that it has without us.
    """
    if MAPS_WITHOUT_FD:
        return mmap(fd, size, offset=offset, trackfd=False), -1  # type: ignore[call-arg]
    while True:
        stray = os.dup(fd)
        originals.close(stray)
        memory = mmap(fd, size, offset=offset)  # holds what dup(2) gives: the lowest free number
        if _is_same_file(stray, fd):
            originals.close(stray)
            return memory, stray
        memory.close()  # another thread was quicker to take the number


def _is_same_file(fd: int, other: int) -> bool:
    try:
        return _identity(fd) == _identity(other)
    except OSError:  # the number is free again
        return False


def _close(memory: mmap, stray: int) -> None:
    """Close the mapping without harm to whoever has its fd's number by now."""
    try:
        kept, inherits = os.dup(stray), os.get_inheritable(stray)
    except OSError:  # nobody
        kept = -1
    memory.close()
    if kept >= 0:
        originals.dup2(kept, stray, inherits)
        originals.close(kept)


def _places(memory: mmap, first: int, end: int, size: int) -> Iterator[tuple[mmap, int]]:
    """Where records of `size` bytes can stand."""
    return ((memory, at) for at in range(first, end - size + 1, size))


def sibling(path: str, pid: int) -> str:
    """The file of another process of the same run."""
    return f"{path.removesuffix(SUFFIX)}.{pid}{SUFFIX}"
