# stdin: a line
"""File objects on pipes look, complain, close and are dropped as ever."""

import copy
import gc
import inspect
import io
import os
import pickle
import sys
import warnings


def attempt(call):
    try:
        return call()
    except Exception as error:
        return repr(error)


def show(f):
    print(f, type(f), type(f).__name__, type(f).__module__, f.__class__ in vars(io).values(), isinstance(f, io.IOBase))
    calls = (pickle.dumps, copy.copy, lambda f: f.__reduce_ex__(2), lambda f: f.__reduce_ex__(0))
    print(*(attempt(lambda call=call: call(f)) for call in calls), sep="\n")
    print(sorted(set(dir(f))), type(f).__doc__)


r, w = os.pipe()
f, g = os.fdopen(r), os.fdopen(w, "wb")
for each in (f, f.buffer, f.buffer.raw, g, open(r, "rb", 0, closefd=False), open(w, "wb", 0, closefd=False)):
    show(each)
print(type(f.buffer) is io.BufferedReader, type(g) is io.BufferedWriter, type(f) is io.TextIOWrapper)
b = f.buffer
g.write(b"abc\n"), g.flush()
print(b.read1(2), b.peek(1), b.fileno() == r, b.readable(), b.seekable(), b.closed, f.encoding, f.errors, f.newlines)
for call in (
    """
b.seek(0)|b.tell()|b.write(b"x")|g.read(1)|b.truncate(0)|b.readline("x")|b.read(1, 2, 3)|g.write("s")|b.raw.read(0)
b.raw.write(b"")|g.raw.readinto(bytearray(1))|g.raw.read(3)|g.raw.readall()|open(r, "r+", closefd=False)
open(r, "zz", closefd=False)|open(r, "rb", 0, "utf8", closefd=False)|open(r, encoding="nope", closefd=False)
open("/nonexistent")|open(-1)|open(999)|open(None)|open(r, "r", 0, closefd=False)|open(w, "a+", closefd=False)
""".strip()
    .replace("\n", "|")
    .split("|")
):
    print(call, attempt(lambda call=call: eval(call)))
g.close()
print(b.read(), g.closed, attempt(lambda: g.write(b"")), b.close(), b.close(), attempt(lambda: f.read()))

warnings.simplefilter("always", ResourceWarning)
warnings.showwarning = lambda message, category, file, line, *rest: print(category.__name__, message, line)
for mode, buffering in (("r", -1), ("rb", -1), ("rb", 0)):
    r, w = os.pipe()
    f = open(r, mode, buffering)
    del f
    print(attempt(lambda: os.fstat(r)))
    os.close(w)
for read in (lambda f: list(iter(f.readline, b"")), lambda f: f.read()):
    for buffering in (-1, 0):
        r, w = os.pipe()
        os.write(w, b"one\ntwo")
        os.close(w)
        print(read(os.fdopen(r, "rb", buffering)))
r, w = os.pipe()
f = os.fdopen(r, "rb")
raw = f.detach()
print([attempt(call) for call in (lambda: f.read(), lambda: f.close(), lambda: f.closed, lambda: repr(f))], f.raw)
os.write(w, b"x")
print(raw.read(1), raw.fileno() == r, raw.close(), raw)
gc.collect()
print(inspect.signature(open), open.__name__, open.__module__, io.open is open)
for stream in (sys.stdin, sys.stdout, sys.stderr):
    print(stream, stream.buffer, stream.buffer.raw, stream.errors, stream.newlines, stream.line_buffering, stream.mode)
