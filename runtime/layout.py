"""The file that a run is recorded in: a header, then blocks. Writer and reader share this; ocoro(5) explains it.

Everything is little-endian. A block starts with its tag, its version, the size of its records, and its length in bytes,
header included; who does not know a tag or a version skips the block. Times are seconds, as IEEE doubles, of the clock
that CPython calls monotonic; the header has its reading at the start of the run. A text is named by its offset in the
file; it is UTF-8, ended by NUL, and 0 names the empty one.
"""

from __future__ import annotations

import sys
from _struct import Struct

MAGIC = b"\x89OCORO\r\n"
VERSION = 1  # of header and block heads
PAGE = 4096
SUFFIX = ".ocoro"
EVENTS_SIZE = 1 << 18  # bytes of the flight recorder, unless more is asked for
LEAST_EVENTS, MOST_EVENTS = 64 << 10, 4 << 30  # and what can be asked for
_NATIVE = "@" if sys.byteorder == "little" else "<"  # the same bytes, written quicker

# magic, version, size of the header, process id, parent, nanoseconds since 1970, monotonic seconds, state
HEADER = Struct("<8sHHIiqdI")
STATE_AT = HEADER.size - 4
PREPARED, LIVE, ENDED = 0, 1, 2  # states
DESCRIPTION = 64  # where in the header the description starts: lines "key=value" in UTF-8, ended by NUL

BLOCK = Struct("<4sHHQ")  # tag, version, size of a record, length
TOTALS, TEXTS, SITES, COROUTINES, ASKED, EVENTS = b"TOTL", b"TEXT", b"SITE", b"CORO", b"ASKD", b"EVNT"

# at (monotonic), idle, cpu, running, blocked (seconds); index of the next event in the ring, switches, preemptions,
# coroutines, most at once, whether the hub sleeps since `at`
TOTAL = Struct("<5d6Q")
BLOCKED_AT, BLOCKED_SO_FAR = 32, Struct("<d")  # in it

# call, file, function (texts), line
PLACE = Struct("<QQQQ")
# calls, waits, errors, bytes; wait, late, longest, blocked, held (seconds), folded at (monotonic): what came later is
# only in the events. `calls` have waited or not, and failed or not; 0 where no hook counts them
SUMS = Struct("<qQQQdddddd")
COUNT = Struct("<I")
BUCKETS = 40 * 16  # counts of waits, 32 bits each: 16 to a power of two, from 2**-22 s (0.24 us) to 2**18 s
FIRST_BUCKET = (1023 - 22) << 4  # the upper 16 bits of the double 2**-22
MOST_PLACES = 2048  # that have a site of their own for each call; later ones are counted where no place is known
SITE_SIZE = PLACE.size + SUMS.size + 4 * BUCKETS

# number, state, site, waits; started, ended, since, wait, late (seconds); name (UTF-8, cut, padded with NUL)
COROUTINE_NUMBERS = Struct(_NATIVE + "IIIIddddd")
COROUTINE = Struct(COROUTINE_NUMBERS.format + "40s")
RUNNING, READY, WAITING, OVER = 1, 2, 3, 4  # states; 0: unused

# Of who asks what the coroutines do: number of the latest request, signals sent with requests, number of the latest
# that was answered, fd of a pipe that wakes the process, inode of that pipe. Who asks writes the first two.
REQUEST = Struct("<IIIiQ")
SIGNALS_AT, ANSWERED_AT = 4, 8  # in it
ANSWER_SUFFIX = ".dump"  # of the file beside the recording that the answer goes to

# start, ready, end; coroutine, site, waker, fd; kind, value
EVENT = Struct(_NATIVE + "dddIIiiII")
EVENT_SIZE = EVENT.size
WAIT, CALL, SPAWN, END, BLOCK_HELD, PREEMPT, TEXT = 1, 2, 3, 4, 5, 6, 7  # kinds; 0: unused
KIND_AT = 40
# WAIT and CALL: `value` TEXT records follow, each with up to 40 bytes of the call as text, padded with NUL
# BLOCK_HELD: `value` coroutines were ready meanwhile
TEXT_RECORD = Struct("<40sII")  # text, kind, unused

RECORDS = {  # of each kind of block: the version and size of its records
    TOTALS: (1, TOTAL.size),
    TEXTS: (1, 1),
    SITES: (2, SITE_SIZE),  # in version 1 `calls` meant something else
    COROUTINES: (1, COROUTINE.size),
    ASKED: (1, REQUEST.size),
    EVENTS: (1, EVENT_SIZE),
}


def escaped(text: str) -> str:
    """`text` as a value in the description."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\0", "")
