"""`io`: file objects on pipes, terminals, sockets and FIFOs suspend the coroutine only."""

import os

import pytest

PIPE = "r, w = os.pipe()\n"
READER = PIPE + "f = os.fdopen(r, {!r})\n"
CHILD = "p = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
SAY = "\np.stdin.write('x\\n'); p.stdin.close()"


@pytest.mark.parametrize("mode", ["r", "rb"])
def test_open_parks(parks, mode):
    call = f"assert open('f', {mode!r}).read() in ('x', b'x')"
    parks("open", "os.mkfifo('f')", call, "\nwith open('f', 'w') as f: f.write('x')", briefly=True)


@pytest.mark.parametrize(
    ("mode", "call"),
    [
        ("rb", "f.read(2) == b'x\\n'"),
        ("rb", "f.read1() == b'x\\n'"),
        ("rb", "f.readline() == b'x\\n'"),
        ("rb", "f.peek() == b'x\\n'"),
        ("rb", "f.readinto(bytearray(2)) == 2"),
        ("rb", "f.readinto1(bytearray(9)) == 2"),
        ("rb", "next(f) == b'x\\n'"),
        ("rb", "f.raw.read(9) == b'x\\n'"),
        ("rb", "f.detach().read(9) == b'x\\n'"),
        ("r", "f.readline() == 'x\\n'"),
        ("r", "f.read(2) == 'x\\n'"),
        ("r", "next(f) == 'x\\n'"),
    ],
)
def test_reading_parks(parks, mode, call):
    parks("read", READER.format(mode), f"assert {call}", "os.write(w, b'x\\n')")


@pytest.mark.parametrize(
    "call", ["f.read(9)", "f.readline()", "next(f)", "os.fdopen(r, 'rb', 0, closefd=False).read(9)"]
)
def test_unbuffered_reading_parks(parks, call):
    before = PIPE + "f = open(r, 'rb', 0)"
    parks("read", before, f"assert {call} == b'x\\n'", "os.write(w, b'x\\n')")


@pytest.mark.parametrize("mode", ["r", "rb"])
@pytest.mark.parametrize("call", ["f.read()", "f.readlines()[0]", "list(f)[0]"])
def test_reading_to_the_end_parks(parks, mode, call):
    before, meanwhile = READER.format(mode), "os.write(w, b'x\\n'); os.close(w)"
    parks("read", before, f"assert {call} in ('x\\n', b'x\\n')", meanwhile)


def test_reading_everything_unbuffered_parks(parks):
    before = PIPE + "f = open(r, 'rb', 0)"
    parks(
        "read", before, "assert f.read() == b'xy'", "os.write(w, b'x'); time.sleep(0); os.write(w, b'y'); os.close(w)"
    )


@pytest.mark.parametrize("opened", ["open(w, 'w')", "open(w, 'wb')", "open(w, 'wb', 0)"])
def test_writing_parks(parks, opened):
    before = (
        PIPE + f"f = {opened}; got = []; data = 'x' * 300_000; data = data if 'encoding' in dir(f) else data.encode()"
    )
    meanwhile = "\nwhile sum(got) < 300_000: got.append(len(os.read(r, 65536)))"
    parks("write", before, "assert f.write(data) == 300_000; f.flush()", meanwhile)


def test_close_that_flushes_parks(parks):
    before = PIPE + "f = open(w, 'wb', 300_000); f.write(bytes(200_000))"
    parks("write", before, "f.close()", "\nwhile os.read(r, 65536): pass")


@pytest.mark.parametrize("call", ["p.stdout.read()", "p.stdout.readline()", "next(p.stdout)", "list(p.stdout)[0]"])
def test_popen_pipe_parks(parks, call):
    parks("read", CHILD, f"assert {call} == 'x\\n'", SAY)


def test_check_output_parks(parks):
    call = "assert subprocess.check_output(['cat', 'f']) == b'x'"
    parks("read", "os.mkfifo('f')", call, "\nwith open('f', 'w') as f: f.write('x')")


def test_os_popen_parks(parks):
    parks(
        "read", "os.mkfifo('f')", "assert os.popen('cat f').read() == 'x'", "\nwith open('f', 'w') as f: f.write('x')"
    )


def test_terminal_parks(parks):
    before = "import pty; m, s = pty.openpty(); f = open(os.ttyname(s)); os.close(s)"
    parks("read", before, "assert f.readline() == 'x\\n'", "os.write(m, b'x\\n')")


def test_socket_parks(parks):
    before = "a, b = socket.socketpair(); f = open(a.fileno(), 'rb', closefd=False)"
    parks("read", before, "assert f.readline() == b'x\\n'", "b.send(b'x\\n')")


@pytest.mark.parametrize("call", ["sys.stdin.readline()", "input() + '\\n'", "next(sys.stdin)", "open(0).readline()"])
def test_standard_input_parks(parks, tmp_path, call):
    """Standard input is a FIFO, open for writing too."""
    os.mkfifo(tmp_path / "fifo")
    parks("read", "", f"assert {call} == 'x\\n'", "os.write(0, b'x\\n')", redirect="<> fifo")


@pytest.mark.parametrize("call", ["print('x' * 300_000)", "sys.stderr.write('x' * 300_000)"])
@pytest.mark.parametrize("flag", [[], ["-u"]])
def test_standard_output_parks(ocoro, tmp_path, call, flag):
    """Standard output is a FIFO that only another thread of the program reads; `w` keeps the real one."""
    os.mkfifo(tmp_path / "fifo")
    code = f"""
import os, sys, threading
w = os.dup(2)
def read():
    size = 0
    while size < 300_000:
        size += len(os.read(1, 65536))
    os.write(w, b"read")
os.dup2(1, 2)
reading = threading.Thread(target=read)
reading.start()
{call}
sys.stdout.flush()
reading.join()
os._exit(0)
"""
    done = ocoro("--quiet", *flag, "-c", code, cwd=tmp_path, limit=10, redirect="1<> fifo")
    assert done.err == "read", done


def test_closing_lets_unbuffered_read_go_on(parks):
    parks("read", PIPE + "f = open(r, 'rb', 0)", "assert f.read(1) == b'x'", "f.close(); os.write(w, b'x')")


def test_closing_waits_for_a_reader(says):
    code = """
        import os, threading
        r, w = os.pipe()
        f = os.fdopen(r)
        told = []
        reading = threading.Thread(target=lambda: told.append(f.read()))
        reading.start()
        threading.Thread(target=lambda: (told.append("write"), os.write(w, b"late"), os.close(w))).start()
        f.close()
        reading.join()
        print(told)
    """
    assert says(code) == ["['write', 'late']"]


def test_regular_files_are_what_they_were(says):
    code = """
        import io
        with open("f", "w+") as f:
            print(type(f.buffer) is io.BufferedRandom, set(vars(f.buffer.raw)))
        print(type(open("f", "rb")) is io.BufferedReader, type(open("f", "rb", 0)) is io.FileIO)
    """
    assert says(code) == ["True {'name'}", "True True"]


def test_dropped_files_are_closed_at_once(says):
    code = """
        import gc, os
        gc.disable()
        for mode, buffering in (("r", -1), ("rb", -1), ("rb", 0)):
            r, w = os.pipe()
            f = open(r, mode, buffering)
            del f
            try:
                os.fstat(r)
            except OSError as error:
                print(error.errno)
    """
    assert says(code, "-W", "ignore") == ["9", "9", "9"]


def test_closed_file_is_not_garbage(says):
    code = """
        import gc, os
        r, w = os.pipe()
        with open(r):
            pass
        gc.collect()
        with open(w, "wb") as f:
            pass
        del f
        print(gc.collect())
    """
    assert says(code) == ["0"]


@pytest.mark.parametrize("pure", ["", "1"], ids=["c", "python"])
def test_turns_with_thread_of_the_system(says, pure):
    """Whoever is inside of a buffered object first, the other waits, and only the other."""
    code = """
        import io, threading, time
        from ocoro.runtime import originals

        class Raw(io.RawIOBase):
            def readable(self):
                return True
            def readinto(self, buffer):
                inside.append(True)
                while not others:
                    time.sleep(0.001)
                buffer[:2] = b"ab"
                return 2

        def read():
            got.append(f.read(2))

        f = io.BufferedReader(Raw())
        for first in (originals.start_new_thread, lambda read, args: threading.Thread(target=read).start()):
            inside, others, got = [], [], []
            first(read, ())
            while not inside:
                time.sleep(0.001)
            threading.Timer(0.01, others.append, [True]).start()
            (read if first is originals.start_new_thread else lambda: originals.start_new_thread(read, ()))()
            while len(got) < 2:
                time.sleep(0.001)
            print(got, len(inside))
    """
    assert says(code, env={**os.environ, "OCORO_PURE_PYTHON": pure}) == ["[b'ab', b'ab'] 2"] * 2
