"""`readline`: `input` at a terminal, once that is imported, edits the line by the library's callbacks.

The library is given a key when there is one, and between two keys the coroutine waits as for any fd. So does the
prompt of `python -i`, which is C code: it reads by a function pointer that `readline` has set.
"""

from __future__ import annotations

import sys

from ocoro.hooks.files import would_wait
from ocoro.runtime.frames import hidden
from ocoro.runtime.instance import scheduler
from ocoro.runtime.library import load
from ocoro.runtime.lock import make_lock
from ocoro.runtime.poller import READ

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from typing import Any

LEAVES: dict[str, str] = {}  # nothing in `readline` waits but the library, in `input`

_tally = scheduler.recorder.tally("read")
_FUNCTIONS = (
    *("rl_callback_handler_install", "rl_callback_read_char", "rl_callback_handler_remove", "rl_free_line_state"),
    *("rl_callback_sigcleanup", "rl_cleanup_after_signal"),
)
_original: list[Any] = []
_turn = make_lock()
_keeps_history = [True]
_library: list[Any] = []  # the library that `readline` uses, and C's `free`; empty before the first line


def before(module: Any) -> None:
    """Keep what is replaced."""
    _original[:] = [module.set_auto_history]


@hidden
def set_auto_history(origin: Any, enabled: Any, /) -> None:
    """Replaces `readline.set_auto_history`."""
    _original[0](enabled)
    _keeps_history[:] = [bool(enabled)]


def patched(module: Any) -> None:
    """Have the interpreter's own prompt edit lines as `input` does."""
    if sys.flags.interactive and can_edit():
        _serve_prompt()


def _serve_prompt() -> None:
    ctypes = load("ctypes")
    c_void_p, pythonapi = ctypes.c_void_p, ctypes.pythonapi
    reader = ctypes.CFUNCTYPE(
        c_void_p, c_void_p, c_void_p, ctypes.c_char_p
    )  # C's stdin, stdout, the prompt -> the line, allocated
    place = c_void_p.in_dll(pythonapi, "PyOS_ReadlineFunctionPointer")
    native = reader(place.value or 0)
    allocate = pythonapi.PyMem_RawMalloc
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], c_void_p

    def read(stdin: int, stdout: int, prompt: bytes) -> Any:
        if scheduler.me() is None:
            return native(stdin, stdout, prompt)
        try:
            line = edit(prompt) + b"\n\0"
        except EOFError:
            line = b"\0"
        except BaseException:  # nothing else can be told from here
            return None  # KeyboardInterrupt
        memory: int = allocate(len(line))
        ctypes.memmove(memory, line, len(line))
        return memory

    _library.append(reader(read))
    place.value = ctypes.cast(_library[-1], c_void_p).value


def can_edit() -> bool:
    """Whether the library has all that is needed; some interpreters have it built in, with its names hidden."""
    if not _library:
        ctypes = load("ctypes")
        library = ctypes.CDLL(getattr(sys.modules["readline"], "__file__", None))
        free = ctypes.CDLL(None).free
        free.argtypes, free.restype = [ctypes.c_void_p], None
        _library[:] = [library, free]
    return all(hasattr(_library[0], name) for name in _FUNCTIONS)


def edit(prompt: bytes) -> bytes:
    """Read a line, edited by who types it; EOFError at the end of the input. Others who want one wait."""
    with _turn:
        line = _edit(prompt)
    if line is None:
        raise EOFError
    return line


def _edit(prompt: bytes) -> bytes | None:
    ctypes = load("ctypes")
    library, free = _library[:2]
    lines: list[bytes | None] = []

    def take(line: int | None) -> None:
        library.rl_callback_handler_remove()
        lines.append(None if line is None else ctypes.string_at(line))
        free(line)

    handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(take)  # lives as long as the library has it
    library.rl_callback_handler_install(prompt, handler)
    try:
        while not lines:
            while would_wait(0, READ):
                scheduler.wait_fd(_tally, 0, READ)
            library.rl_callback_read_char()
    except BaseException:  # from a signal handler
        if not lines:
            library.rl_free_line_state()
            library.rl_callback_sigcleanup()
            library.rl_cleanup_after_signal()
            library.rl_callback_handler_remove()
        raise
    if lines[0] and _keeps_history[0]:
        _remember(lines[0].decode(errors="surrogateescape"))
    return lines[0]


def _remember(line: str) -> None:
    """A line goes to the history unless it is the one before."""
    module: Any = sys.modules["readline"]
    last = module.get_current_history_length()
    if not last or module.get_history_item(last) != line:
        module.add_history(line)


REPLACES = {"set_auto_history": set_auto_history}
