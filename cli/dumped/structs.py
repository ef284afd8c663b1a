"""Where the fields of the interpreter's C structures are, by version, on 64-bit machines: see CPython's headers.

They are the same in all releases of a version. 3.13 says most of them itself (`_Py_DebugOffsets`); what lies behind
parts that are configured is taken from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from struct import Struct
from typing import TYPE_CHECKING

from ocoro.cli.dumped.model import DumpError

if TYPE_CHECKING:
    from ocoro.cli.dumped.memory import Memory

COOKIE = b"xdebugpy"
OFFSETS = Struct("<8s22Q")  # the first of _Py_DebugOffsets


@dataclass(frozen=True, slots=True)
class Offsets:
    """Names are CPython's: of `_PyRuntimeState`, `PyInterpreterState`, `PyThreadState`, `_PyInterpreterFrame`,
    `PyCodeObject` and `PyASCIIObject`.
    """

    interpreters: int  # the first interpreter
    threads: int  # of an interpreter: its first thread
    thread_id: int
    frame: int  # of a thread: its frame, or the _PyCFrame that has it
    cframe: int | None  # where in a _PyCFrame the frame is
    code: int  # of a frame
    previous: int
    instruction: int
    owner: int
    first_line: int  # of a code object
    instructions: int
    first_traceable: int
    ascii_data: int  # of a text
    other_data: int
    is_new_int: bool  # the size of an int is in lv_tag


next_thread = 8
next_interpreter = 0
frame_size = 80
code_size = 208
file, qualified_name, line_table = 112, 128, 136  # of a code object
text_length, text_state = 16, 32
int_size, int_digits = 16, 24
float_value = 16
bytes_data = 32
set_mask, set_table = 32, 40
object_type = 8
frame_of_object = 24  # of a PyFrameObject
slots = 16  # of an object with __slots__ and no __dict__
greenlet_inside = 32  # of a PyGreenlet: what belongs to it
C_STACK = 3  # FRAME_OWNED_BY_CSTACK

OF = {
    "3.11": Offsets(40, 16, 152, 56, 8, 32, 48, 56, 69, 72, 184, 168, 48, 72, False),
    "3.12": Offsets(40, 72, 136, 56, 0, 0, 8, 56, 70, 68, 192, 176, 40, 56, True),
    "3.13": Offsets(632, 7344, 152, 72, None, 0, 8, 56, 70, 68, 200, 184, 40, 56, True),
}


def of(version: str, memory: Memory, runtime: int) -> Offsets:
    """Those of a version of Python, such as 3.12.1, whose _PyRuntime is at this address."""
    known = OF.get(version.rpartition(".")[0])
    if known is None:
        raise DumpError(f"the memory of Python {version} is not known to this ocoro")
    cookie, *told = OFFSETS.unpack(memory.read(runtime, OFFSETS.size))
    return replace(known, interpreters=told[4], threads=told[8]) if cookie == COOKIE else known
