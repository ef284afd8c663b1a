"""`os`: reading, writing and waiting for a child suspend the coroutine only."""

import pytest


@pytest.mark.parametrize(
    "name", ["supports_fd", "supports_dir_fd", "supports_follow_symlinks", "supports_effective_ids"]
)
def test_sets_of_functions_know_the_replaced_ones(python, says, name):
    code = f"import os; print(sorted(name for name in dir(os) if getattr(os, name) in list(os.{name})))"
    assert says(code) == python("-c", code).out.splitlines()


PIPE = "r, w = os.pipe()\n"
CHILD = (
    "\npid = os.posix_spawn('/bin/cat', ['cat'], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, r, 0)]); os.close(r)"
)


def test_read_parks(parks):
    parks("read", PIPE, "assert os.read(r, 9) == b'x'", "os.write(w, b'x')")


def test_write_parks(parks):
    before = PIPE + "got = []"
    meanwhile = "\nwhile sum(got) < 300_000: got.append(len(os.read(r, 65536)))"
    parks("write", before, "assert os.write(w, bytes(300_000)) == 300_000", meanwhile)


def test_sendfile_parks(parks):
    before = PIPE + "a, b = socket.socketpair(); open('f', 'wb').write(bytes(1_000_000)); f = open('f', 'rb'); got = []"
    call = "\nsent = 0\nwhile sent < 1_000_000: sent += os.sendfile(a.fileno(), f.fileno(), sent, 1_000_000 - sent)"
    parks("write", before, call, "\nwhile sum(got) < 1_000_000: got.append(len(b.recv(65536)))")


def test_readv_parks(parks):
    before = PIPE + "into = bytearray(1), bytearray(5)"
    parks(
        "read",
        before,
        "assert os.readv(r, into) == 3 and into[0] == b'x' and into[1][:2] == b'yz'",
        "os.write(w, b'xyz')",
    )


def test_writev_parks(parks):
    before = PIPE + "got = []"
    meanwhile = "\nwhile sum(got) < 300_000: got.append(len(os.read(r, 65536)))"
    parks("write", before, "assert os.writev(w, [bytes(100_000), bytes(200_000)]) == 300_000", meanwhile)


def test_open_parks(parks):
    parks("open", "os.mkfifo('f')", "assert os.open('f', os.O_RDONLY) >= 0", "os.close(os.open('f', os.O_WRONLY))")


def test_system_parks(parks):
    parks("system", "os.mkfifo('f')", "assert os.system('cat f') == 0", "os.close(os.open('f', os.O_WRONLY))")


HOLDER = """
code = "import os, sys; os.lockf(os.open('l', os.O_RDWR | 64), os.F_LOCK, 0); os.write(1, b'1'); sys.stdin.read()"
holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
holder.stdout.read(1)
f = os.open('l', os.O_RDWR)
"""


def test_lockf_parks(parks):
    parks("flock", HOLDER, "os.lockf(f, os.F_LOCK, 0); holder.wait()", "holder.stdin.close()")


def test_eventfd_read_parks(parks):
    parks("read", "e = os.eventfd(0)", "assert os.eventfd_read(e) == 7", "os.eventfd_write(e, 7)")


PIPES = "r, w = os.pipe(); s, d = os.pipe()\n"
FULL = """
os.set_blocking(d, False)
try:
    while True: os.write(d, bytes(4096))
except BlockingIOError: os.set_blocking(d, True)
os.write(w, b'x')
"""


def test_splice_parks(parks):
    parks("splice", PIPES, "assert os.splice(r, d, 9) == 1; assert os.read(s, 9) == b'x'", "os.write(w, b'x')")


def test_splice_waits_for_room(parks):
    parks("splice", PIPES + FULL, "assert os.splice(r, d, 9) == 1", "os.read(s, 1 << 20)")


FILES = "f, g = (os.open(name, os.O_RDWR | os.O_CREAT) for name in 'fg'); os.write(f, b'abc'); os.lseek(f, 0, 0)"


def test_fsync_parks(parks):
    parks("fsync", FILES, "os.fsync(f)", briefly=True)


def test_fdatasync_parks(parks):
    parks("fdatasync", FILES, "os.fdatasync(f)", briefly=True)


def test_sync_parks(parks):
    parks("sync", FILES, "os.sync()", briefly=True)


def test_posix_fallocate_parks(parks):
    parks("posix_fallocate", FILES, "os.posix_fallocate(f, 0, 4096)", briefly=True)


def test_copy_file_range_parks(parks):
    call = "assert os.copy_file_range(f, g, 3) == 3; assert os.pread(g, 9, 0) == b'abc'"
    parks("copy_file_range", FILES, call, briefly=True)


REMOTE = """
from ocoro.hooks import regular
regular._devices[os.fstat(f).st_dev] = True
regular.NOWAIT = 1 << 30  # which the kernel does not know
"""


def test_pread_parks(parks):
    parks("read", FILES + REMOTE, "assert os.pread(f, 9, 1) == b'bc'", briefly=True)


def test_preadv_parks(parks):
    parks("read", FILES + REMOTE, "assert os.preadv(f, [bytearray(9)], 1) == 2", briefly=True)


def test_wait_parks(parks):
    parks("waitpid", PIPE + CHILD, "assert os.wait() == (pid, 0)", "os.close(w)")


def test_wait3_parks(parks):
    parks("waitpid", PIPE + CHILD, "assert os.wait3(0)[:2] == (pid, 0)", "os.close(w)")


@pytest.mark.parametrize("whom", ["pid", "-1", "0", "-os.getpgrp()"])
def test_wait4_parks(parks, whom):
    parks("waitpid", PIPE + CHILD, f"assert os.wait4({whom}, 0)[:2] == (pid, 0)", "os.close(w)")


@pytest.mark.parametrize("whom", ["os.P_PID, pid", "os.P_ALL, 0", "os.P_PIDFD, os.pidfd_open(pid)"])
def test_waitid_parks(parks, whom):
    parks("waitpid", PIPE + CHILD, f"assert os.waitid({whom}, os.WEXITED).si_pid == pid", "os.close(w)")


def test_interrupted_wait_takes_no_child(says):
    """What was left waiting in a real thread leaves the child to who asks for it."""
    code = """
        import os, signal, threading
        done = threading.Event()
        threading.Thread(target=done.wait).start()
        r, w = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(w)
            os.read(r, 1)
            os._exit(3)
        signal.signal(signal.SIGALRM, lambda *args: 1 / 0)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        try:
            os.wait()
        except ZeroDivisionError:
            os.close(w)
            print(os.waitpid(pid, 0)[1] >> 8)
        done.set()
    """
    assert says(code, "-W", "ignore") == ["3"]


def test_waiting_without_threads_starts_none(says):
    code = """
        import os
        waits = [os.wait, lambda: os.waitpid(-1, 0), lambda: os.wait3(0), lambda: os.waitid(os.P_ALL, 0, os.WEXITED)]
        for wait in waits:
            os.posix_spawn("/bin/true", ["true"], {})
            wait()
        os.system("true")
        print(len(os.listdir("/proc/self/task")))
    """
    assert says(code) == ["1"]


@pytest.mark.parametrize("call", ["os.waitpid(pid, 0)", "os.waitpid(-1, 0)", "os.waitpid(0, 0)"])
def test_waitpid_parks(parks, call):
    parks("waitpid", PIPE + CHILD, f"assert {call} == (pid, 0)", "os.close(w)")


def test_popen_wait_parks(parks):
    before = "p = subprocess.Popen(['cat'], stdin=subprocess.PIPE)"
    parks("waitpid", before, "assert p.wait() == 0", "p.stdin.close()")


def test_popen_communicate_parks(parks):
    before = """
        os.mkfifo("gate")
        command = ["sh", "-c", "read line < gate; exec cat"]
        p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    """
    call = "assert p.communicate(b'x' * 100_000)[0] == b'x' * 100_000"
    parks("poll", before, call, "with open('gate', 'w') as gate: print(file=gate)")


@pytest.mark.parametrize("close", ["os.close(r)", "os.closerange(r, r + 1)", "os.dup2(w, r)"])
@pytest.mark.parametrize("call", ["os.read(r, 9) == b'x'", "os.readv(r, [bytearray(9)]) == 1"])
def test_closing_lets_read_go_on(parks, call, close):
    parks("read", PIPE, f"assert {call}", f"{close}; os.write(w, b'x')")


def test_closing_lets_write_go_on(parks):
    meanwhile = "\nkept = os.dup(r); os.close(w); got = 0\nwhile got < 300_000: got += len(os.read(r, 65536))"
    parks("write", PIPE, "assert os.write(w, bytes(300_000)) == 300_000", meanwhile)


def test_end_of_file_ends_read(parks):
    parks("read", PIPE, "assert os.read(r, 1) == b''", "os.close(w)")


def test_broken_pipe_ends_write(parks):
    before = PIPE + "import signal; signal.signal(signal.SIGPIPE, signal.SIG_IGN)"
    parks("write", before, "\ntry: os.write(w, bytes(300_000))\nexcept BrokenPipeError: pass", "os.close(r)")


def test_files_and_devices_never_park(says):
    code = """
        import os
        fd = os.open("f", os.O_RDWR | os.O_CREAT)
        print(os.write(fd, b"abc"), os.pread(fd, 2, 0), os.read(fd, 1), os.read(os.open("/dev/null", 0), 1))
        from ocoro.runtime.instance import scheduler
        print(scheduler.recorder.summary().calls)
    """
    assert says(code) == ["3 b'ab' b'' b''", "()"]


def test_child_is_there_but_not_done(says):
    code = """
        import os
        r, w = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(w)
            os.read(r, 1)
            os._exit(3)
        print(os.waitpid(pid, os.WNOHANG))
        os.close(w)
        print(os.waitpid(pid, 0)[1] >> 8)
    """
    assert says(code) == ["(0, 0)", "3"]


@pytest.mark.parametrize(
    "call",
    [
        "os.read(-1, 1)",
        "os.read(99, 1)",
        "os.read('x', 1)",
        "os.read(0, -1)",
        "os.write(99, b'x')",
        "os.write(1, 'x')",
        "os.close(99)",
        "os.close('x')",
        "os.readv(0, 3)",
        "os.readv(99, [])",
        "os.writev(1, 3)",
        "os.writev(99, [b''])",
        "os.open(3, 3)",
        "os.open('nowhere', 0)",
        "os.system(3)",
        "os.wait()",
        "os.wait3('x')",
        "os.wait4('x', 0)",
        "os.wait4(-1, 0)",
        "os.waitid(9, 9, 9)",
        "os.waitpid(1, 0)",
        "os.waitpid('x', 0)",
        "os.waitpid(-1, 0)",
    ],
)
def test_wrong_calls_are_refused_alike(python, says, call):
    code = f"import os\ntry: print({call})\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


def test_program_may_close_all_fds(says):
    """What a daemon does: ours are among them, and are made anew; whoever waits goes on waiting."""
    code = """
        import os, socket, threading, time
        threading.Thread(target=lambda: (time.sleep(0.01), print("slept"))).start()
        time.sleep(0.001)
        os.closerange(3, 4096)
        a, b = socket.socketpair()
        threading.Timer(0.005, b.send, (b"x",)).start()
        print(a.recv(1))
    """
    assert sorted(says(code)) == ["b'x'", "slept"]


def test_program_may_close_them_one_by_one(says):
    code = """
        import os, socket, threading, time
        time.sleep(0.001)
        for fd in range(3, 1100):
            try: os.close(fd)
            except OSError: pass
        a, b = socket.socketpair()
        threading.Timer(0.005, b.send, (b"x",)).start()
        print(a.recv(1), a.fileno())
    """
    assert says(code) == ["b'x' 3"]


def test_own_fds_are_out_of_the_way(python, says):
    code = (
        "import os, time, threading; time.sleep(0.001); threading.Event().wait(0.001); print(os.open('/dev/null', 0))"
    )
    assert says(code) == python("-c", code).out.splitlines()
