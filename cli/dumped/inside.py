"""Reads the coroutines out of the memory of a program that does not answer, as its interpreter and greenlet have them.

The program is neither stopped nor asked. While C code keeps the interpreter's lock nothing of this changes; else what
is read may be torn, so nothing is trusted: types are checked, chains have an end, and it is tried again.
"""

from __future__ import annotations

import time
from struct import Struct
from typing import TYPE_CHECKING

from ocoro.cli.dumped import elf, structs
from ocoro.cli.dumped.memory import Memory
from ocoro.cli.dumped.model import DumpError, Frame, Shown
from ocoro.cli.recorded.model import MAIN
from ocoro.runtime.coroutine import Coroutine
from ocoro.runtime.fds import FdWaits
from ocoro.runtime.switching import Switching
from ocoro.runtime.tally import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocoro.cli.recorded.model import Run

ATTEMPTS = 5
GREENLET_SIZE = 512  # bytes of what belongs to a greenlet in which its frame is looked for
MOST_FRAMES = 1 << 20
MOST_COROUTINES = 1 << 24
MOST_THREADS = 1 << 16
LONGEST_TEXT = 1 << 16
LONGEST_TABLE = 1 << 20
OURS = ("runtime/", "hooks/", "cli/tracing/", "cli/notices")
HUB = "runtime/scheduler.py"
DIGIT = 30  # bits
REMOVED = (1 << 64) - 1  # the hash of an entry of a set that was removed: -1
SYMBOLS = (b"_PyRuntime", b"PyFrame_Type", b"PyCode_Type", b"PyUnicode_Type", b"PyLong_Type", b"PyFloat_Type")


def read(run: Run, scheduler: int) -> list[Shown]:
    """The coroutines of the process of a run, whose scheduler is at this address. DumpError when they are not found."""
    if not scheduler:
        raise DumpError("it runs with another version of ocoro, whose memory is not known")
    inside = _Inside(run, scheduler)
    for _ in range(ATTEMPTS - 1):
        try:
            return inside.coroutines()
        except DumpError:
            time.sleep(0.01)
    return inside.coroutines()


class _Inside:
    def __init__(self, run: Run, scheduler: int) -> None:
        self._memory = Memory(run.pid)
        self._memory.word(scheduler)  # that this is permitted is known first
        self._symbols = elf.addresses(run.pid, SYMBOLS)
        self._offsets = structs.of(run.python, self._memory, self._symbols[b"_PyRuntime"])
        self._scheduler = scheduler
        self._names = {MAIN: "MainThread"} | {each.number: each.name for each in run.coroutine_records}
        sites = [*(each.site for each in run.aggregates), *(each.site for each in run.coroutine_records if each.site)]
        self._calls = {site.number: site.call for site in sites}
        self._codes: dict[int, _Code] = {}
        self._package = ""

    def coroutines(self) -> list[Shown]:
        """All that live, the oldest first."""
        scheduler = _slots(self._memory, self._scheduler, Switching, FdWaits)
        current, hub = scheduler["current"], scheduler["hub"]
        hub_greenlet = _slots(self._memory, hub, Coroutine)["greenlet"]
        running = list(self._running(self._int(scheduler["home"])))
        self._package = self._folder(running if current == hub else list(self._suspended(hub_greenlet)))
        found = []
        for address in self._set(scheduler["coroutines"]):
            coroutine = _slots(self._memory, address, Coroutine)
            if not self._int(coroutine["number"]):
                continue  # it is of ocoro itself
            is_running = address == current
            frames: list[Frame] = []
            if is_running:
                frames = running
            elif coroutine["greenlet"] != hub_greenlet:
                frames = list(self._suspended(coroutine["greenlet"]))
            found.append(
                self._shown(coroutine, is_running, self._theirs(frames), self._float(scheduler["switched_at"]))
            )
        return sorted(found, key=lambda each: each.number)

    def _shown(self, coroutine: dict[str, int], is_running: bool, frames: list[Frame], switched_at: float) -> Shown:
        number = self._int(coroutine["number"])
        call = ""
        if self._int(coroutine["parked"]) == 1:
            state, since = "waiting", self._float(coroutine["parked_at"])
            call = self._call(coroutine["site"])
        elif is_running:
            state, since = "running", max(switched_at, self._float(coroutine["started_at"]))
        else:
            state, since = "ready", self._float(coroutine["ready_at"])
        now = time.monotonic()
        name = self._names.get(number, f"coroutine {number}")
        left = self._float(coroutine["deadline"]) - now if state == "waiting" else float("inf")
        shown = Shown(number, name, state, call, now - since, now - self._float(coroutine["started_at"]), frames=frames)
        shown.left = left if left != float("inf") else None
        return shown

    def _call(self, site: int) -> str:
        """What is waited in: the recording has the names of all sites by number."""
        try:
            return self._calls.get(self._int(_slots(self._memory, site, Site)["number"]), "")
        except DumpError:  # it is None
            return ""

    # -- frames ------------------------------------------------------------------------------------------------------

    def _folder(self, frames: list[Frame]) -> str:
        """Where ocoro is: the hub's outermost frame is our own."""
        return next((each.file.removesuffix(HUB) for each in reversed(frames) if each.file.endswith(HUB)), "\0")

    def _theirs(self, frames: list[Frame]) -> list[Frame]:
        """Without those of ours."""
        return [each for each in frames if not each.file.removeprefix(self._package).startswith(OURS)]

    def _running(self, home: int) -> Iterator[Frame]:
        """The frames of the thread that carries the coroutines."""
        offsets, word = self._offsets, self._memory.word
        interpreter = word(self._symbols[b"_PyRuntime"] + offsets.interpreters)
        thread = word(interpreter + offsets.threads)
        for _ in range(MOST_THREADS):
            if word(thread + offsets.thread_id) == home:
                break
            thread = word(thread + structs.next_thread)
            if not thread:
                raise DumpError("its main thread is not found in its memory")
        frame = word(thread + offsets.frame)
        if offsets.cframe is not None:
            frame = word(frame + offsets.cframe)
        return self._frames(frame)

    def _suspended(self, greenlet: int) -> Iterator[Frame]:
        """The frames of a greenlet that is not running. It has a reference to the innermost one's object."""
        inside = self._memory.word(greenlet + structs.greenlet_inside)
        for (candidate,) in Struct("<Q").iter_unpack(self._memory.read(inside, GREENLET_SIZE)):
            if self._is_a(candidate, b"PyFrame_Type"):
                return self._frames(self._memory.word(candidate + structs.frame_of_object))
        return iter(())

    def _is_a(self, address: int, symbol: bytes) -> bool:
        if address % 8 or not 4096 < address < 1 << 47:
            return False
        try:
            return self._memory.word(address + structs.object_type) == self._symbols[symbol]
        except DumpError:
            return False

    def _frames(self, frame: int) -> Iterator[Frame]:
        """From the innermost to the outermost. Frames of C code are among them, which have no code of their own."""
        offsets = self._offsets
        for _ in range(MOST_FRAMES):
            if not frame:
                return
            data = self._memory.read(frame, structs.frame_size)
            code, previous, instruction = (
                int.from_bytes(data[at : at + 8], "little")
                for at in (offsets.code, offsets.previous, offsets.instruction)
            )
            if data[offsets.owner] != structs.C_STACK and self._is_code(code):
                known = self._codes[code]
                if instruction >= known.begins:
                    yield Frame(known.file, known.line(instruction), known.name)
            frame = previous

    def _is_code(self, address: int) -> bool:
        if address not in self._codes:
            if not self._is_a(address, b"PyCode_Type"):
                return False
            self._codes[address] = self._code(address)
        return True

    def _code(self, address: int) -> _Code:
        data, offsets = self._memory.read(address, structs.code_size), self._offsets

        def pointer(at: int) -> int:
            return int.from_bytes(data[at : at + 8], "little")

        table = pointer(structs.line_table)
        size = min(self._memory.word(table + structs.int_size), LONGEST_TABLE)
        first = address + offsets.instructions
        traceable = int.from_bytes(data[offsets.first_traceable : offsets.first_traceable + 4], "little", signed=True)
        return _Code(
            self._text(pointer(structs.file)),
            self._text(pointer(structs.qualified_name)),
            int.from_bytes(data[offsets.first_line : offsets.first_line + 4], "little", signed=True),
            first,
            first + 2 * max(0, traceable),
            self._memory.read(table + structs.bytes_data, size),
        )

    # -- objects -----------------------------------------------------------------------------------------------------

    def _set(self, address: int) -> Iterator[int]:
        """The members of a set."""
        mask, table = Struct("<QQ").unpack(self._memory.read(address + structs.set_mask, 16))
        if mask > MOST_COROUTINES:
            raise DumpError("its memory has changed meanwhile")
        for key, hashed in Struct("<QQ").iter_unpack(self._memory.read(table, 16 * (mask + 1))):
            if key and hashed != REMOVED:
                yield key

    def _int(self, address: int) -> int:
        """An int that is not negative."""
        self._check(address, b"PyLong_Type")
        size = self._memory.word(address + structs.int_size)
        if self._offsets.is_new_int:
            size >>= 3
        if not 0 <= size <= 3:
            raise DumpError("its memory has changed meanwhile")
        data = self._memory.read(address + structs.int_digits, 4 * max(1, size))
        return sum(digit << (DIGIT * at) for at, (digit,) in enumerate(Struct("<I").iter_unpack(data)) if at < size)

    def _float(self, address: int) -> float:
        self._check(address, b"PyFloat_Type")
        value: float = Struct("<d").unpack(self._memory.read(address + structs.float_value, 8))[0]
        return value

    def _text(self, address: int) -> str:
        self._check(address, b"PyUnicode_Type")
        length = min(self._memory.word(address + structs.text_length), LONGEST_TEXT)
        state = self._memory.read(address + structs.text_state, 1)[0]
        kind, is_ascii = state >> 2 & 7, bool(state & 0x40)
        begin = address + (self._offsets.ascii_data if is_ascii else self._offsets.other_data)
        data = self._memory.read(begin, length * kind) if length else b""
        encoding = {1: "latin-1", 2: "utf-16-le", 4: "utf-32-le"}.get(kind, "latin-1")
        return data.decode(encoding, "replace")

    def _check(self, address: int, symbol: bytes) -> None:
        if not self._is_a(address, symbol):
            raise DumpError("its memory has changed meanwhile")


class _Code:
    """What is needed of a code object; addresses are those in the process."""

    def __init__(self, file: str, name: str, first_line: int, first: int, begins: int, table: bytes) -> None:
        self.file = file
        self.name = name
        self.begins = begins  # a frame whose instruction is before has not begun
        self._first = first
        self._lines = list(_lines(table, first_line))

    def line(self, instruction: int) -> int:
        """The line of the instruction at this address; 0 when it has none."""
        at = instruction - self._first
        return next((line for begin, end, line in self._lines if begin <= at < end), 0)


def _lines(table: bytes, first_line: int) -> Iterator[tuple[int, int, int]]:
    """Begin, end and line of each piece of code: see Objects/locations.md of CPython."""
    line, begin, at = first_line, 0, 0
    while at < len(table):
        head = table[at]
        at += 1
        end = begin + 2 * ((head & 7) + 1)
        kind = head >> 3 & 15
        shown = True
        if kind == 15:  # no location
            shown = False
        elif kind in (13, 14):
            change, at = _signed(table, at)
            line += change
        elif kind in (10, 11, 12):
            line += kind - 10
        yield begin, end, line if shown else 0
        begin = end
        while at < len(table) and not table[at] & 0x80:  # columns
            at += 1


def _signed(table: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where the next thing begins."""
    value = shift = 0
    while at < len(table):
        byte = table[at]
        at += 1
        value |= (byte & 63) << shift
        shift += 6
        if not byte & 64:
            break
    return (-(value >> 1) if value & 1 else value >> 1), at


def _slots(memory: Memory, address: int, *classes: type) -> dict[str, int]:
    """What the slots of an object refer to, by name: each class has its own behind those of its base, in order."""
    names = [name for each in classes for name in sorted(each.__dict__["__slots__"]) if name != "__weakref__"]
    data = memory.read(address + structs.slots, 8 * len(names))
    return {name: int.from_bytes(data[8 * at : 8 * at + 8], "little") for at, name in enumerate(names)}
