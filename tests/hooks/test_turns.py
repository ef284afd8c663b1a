"""Turns: who makes call after call that need not wait lets the others run, without being preempted.

Under python each such call gives up the interpreter's lock. The kind is any hooked call that returns (or fails) at
once: it finds data, room, an event, a child or an error. Preemption is off here. So nothing but such a call lets others
run, and a program of which one does not never ends.
"""

from textwrap import dedent

import pytest

PAIR = "a, b = socket.socketpair(); b.send(b'x')\n"
EMPTY = "a, b = socket.socketpair(); a.setblocking(False)\n"
FULL = (
    EMPTY
    + """
try:
    while True:
        a.send(bytes(4096))
except BlockingIOError:
    pass
"""
)
FILE = "f = os.open(__file__, os.O_RDONLY)\n"
PIPE = "r, w = os.pipe(); os.write(w, b'x')\n"
SPINS = {
    "recv": (PAIR, "a.recv(1, socket.MSG_PEEK)"),
    "recv of nothing": (EMPTY, "fails(a.recv, 1)"),
    "recv_into": (PAIR, "b.send(b'x'); a.recv_into(bytearray(1))"),
    "recv_into of nothing": (EMPTY, "fails(a.recv_into, bytearray(1))"),
    "recvfrom of nothing": (EMPTY, "fails(a.recvfrom, 1)"),
    "recvmsg": (PAIR, "a.recvmsg(1, 0, socket.MSG_PEEK)"),
    "recv with a time-out": (PAIR + "a.settimeout(9)", "b.send(b'x'); a.recv(1)"),
    "send": (PAIR, "a.send(b'x'); b.recv(1, socket.MSG_DONTWAIT)"),
    "send without room": (FULL, "fails(a.send, b'x')"),
    "sendall": (PAIR, "a.sendall(b'x'); b.recv(1, socket.MSG_DONTWAIT)"),
    "sendto": ("u = socket.socket(type=socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))", "u.sendto(b'', u.getsockname())"),
    "accept of nobody": ("l = socket.create_server(('127.0.0.1', 0)); l.setblocking(False)", "fails(l.accept)"),
    "connect": ("c = socket.socket()", "c.connect_ex(('127.0.0.1', 1))"),
    "connect without waiting": ("c = socket.socket(); c.setblocking(False)", "c.connect_ex(('127.0.0.1', 1))"),
    "select": (PAIR, "select.select([a], [], [])"),
    "select without waiting": (PAIR, "select.select([b], [], [], 0)"),
    "poll": (PAIR + "p = select.poll(); p.register(a)", "p.poll()"),
    "epoll": (PAIR + "p = select.epoll(); p.register(a)", "p.poll()"),
    "selectors": (PAIR + "s = selectors.DefaultSelector(); s.register(a, 1)", "s.select(0)"),
    "read": ("f = os.open('/dev/zero', os.O_RDONLY)", "os.read(f, 1)"),
    "read of a file": (FILE, "os.read(f, 1)"),
    "read of nothing": ("r, w = os.pipe(); os.set_blocking(r, False)", "fails(os.read, r, 1)"),
    "readv": (PIPE, "os.readv(r, [bytearray(1)]); os.write(w, b'x')"),
    "pread": (FILE, "os.pread(f, 1, 0)"),
    "write": ("f = os.open('/dev/null', os.O_WRONLY)", "os.write(f, b'x')"),
    "writev": ("f = os.open('/dev/null', os.O_WRONLY)", "os.writev(f, [b'x'])"),
    "raw file": ("f = open('/dev/zero', 'rb', 0)", "f.read(1)"),
    "open": ("", "os.close(os.open('/dev/null', os.O_RDONLY))"),
    "mkdir": ("", "fails(os.mkdir, '/')"),
    "waitpid": ("c = subprocess.Popen(['sleep', '100'])", "os.waitpid(c.pid, os.WNOHANG)"),
    "Popen.poll": ("c = subprocess.Popen(['sleep', '100'])", "c.poll()"),
    "waitid": ("c = subprocess.Popen(['sleep', '100'])", "os.waitid(os.P_PID, c.pid, os.WEXITED | os.WNOHANG)"),
    "flock": (FILE, "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"),
    "lockf": ("f = os.open('locked', os.O_CREAT | os.O_RDWR)", "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"),
    "Connection.poll": ("r, w = multiprocessing.Pipe(); w.send(1)", "r.poll()"),
    "sleep": ("", "time.sleep(0)"),
}
PROGRAM = """
import fcntl, multiprocessing, os, select, selectors, socket, subprocess, threading, time

def fails(call, *args):
    try:
        call(*args)
    except OSError:
        return
    raise AssertionError("it did not fail")

def take_turns():
    for _ in range(5):
        time.sleep(0.001)
    global done
    done = True

done = False
{before}
other = threading.Thread(target=take_turns)
other.start()
while not done:
    {call}
other.join()
print("took turns")
if "c" in globals() and isinstance(c, subprocess.Popen):
    c.kill(); c.wait()
"""


@pytest.mark.parametrize("pure", ["", "1"], ids=["C", "Python"])
@pytest.mark.parametrize("name", SPINS)
def test_spinning_lets_others_run(ocoro, tmp_path, name, pure):
    before, call = SPINS[name]
    (tmp_path / "spins.py").write_text(PROGRAM.format(before=dedent(before), call=call))
    done = ocoro("--quiet", "--no-preempt", "spins.py", cwd=tmp_path, limit=20, env={"OCORO_PURE_PYTHON": pure})
    assert (done.out, done.err, done.status) == ("took turns\n", "", 0), done
