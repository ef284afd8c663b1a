"""Facts about the interpreter, named by behaviour. Instruction numbers are those of CPython's `opcode` module."""

from __future__ import annotations

import sys

_V313 = sys.version_info >= (3, 13)

UNRAISABLE_NAMES_THREAD_IN_TEXT = _V313  # "... in thread started by <f>", before that an object apart
QUICKENS_IN_RESUME = sys.version_info < (3, 12)  # code gets its adaptive instructions in RESUME, later at birth
TELLS_OF_HIDDEN_RETURNS = QUICKENS_IN_RESUME  # trace functions, of frames whose RESUME is a NOP
NO_THREADS_AT_THE_END = sys.version_info >= (3, 12)  # while the interpreter is finalised none can be started
NO_THREADS_AT_SHUTDOWN = sys.version_info[:2] == (3, 12)  # once main has ended, none can be started
EXCEPTIONS_ARE_TRIPLES = sys.version_info < (3, 12)  # in `sys._current_exceptions`
MAPS_WITHOUT_FD = _V313  # mmap(trackfd=False)
HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()

RESUME, NOP, RAISE, PUSH_EXC_INFO = (149, 30, 101, 33) if _V313 else (151, 9, 130, 35)
# PRECALL, CALL, CALL_FUNCTION_EX, CALL_KW, and the CACHE behind them, where a frame stands that has called Python code.
# In 3.11 a loop may end with COMPARE_OP, which takes the jump in.
CALLS = frozenset((0, 53, 54, 57) if _V313 else (0, 142, 166, 171))

# Where the interpreter's own frame (_PyInterpreterFrame) has its code and the frame before it, in words.
CODE_IN_FRAME, PREVIOUS_IN_FRAME = (4, 6) if QUICKENS_IN_RESUME else (0, 1)
