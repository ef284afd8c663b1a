"""Every way to wait for a child, for a FIFO's other side, and for several buffers, in a thread."""

import os
import signal
import tempfile
import threading


def in_thread(call, meanwhile):
    results = []
    waiting = threading.Thread(target=lambda: results.append(call()))
    waiting.start()
    meanwhile()
    waiting.join()
    return results[0]


def child():
    r, w = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, r, 0), (os.POSIX_SPAWN_CLOSE, w)]
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "read x; exit 5"], os.environ, file_actions=actions)
    os.close(r)
    return pid, lambda: os.close(w)


for wait in (
    lambda pid: os.wait()[1],
    lambda pid: os.wait3(0)[1],
    lambda pid: os.wait4(pid, 0)[1],
    lambda pid: os.wait4(-1, 0)[1],
    lambda pid: os.waitpid(-1, 0)[1],
    lambda pid: os.waitpid(0, os.WUNTRACED)[1],
    lambda pid: os.waitpid(-os.getpgrp(), 0)[1],
    lambda pid: os.waitid(os.P_ALL, 0, os.WEXITED).si_status,
    lambda pid: os.waitid(os.P_PID, pid, os.WEXITED).si_status,
):
    pid, end = child()
    print(in_thread(lambda: wait(pid), end))  # noqa: B023 - called before the next round
    try:
        wait(pid)
    except ChildProcessError as error:
        print(error)
pid, end = child()
print(os.WIFSTOPPED(in_thread(lambda: os.waitpid(pid, os.WUNTRACED)[1], lambda: os.kill(pid, signal.SIGSTOP))))
os.kill(pid, signal.SIGCONT)
print(in_thread(lambda: os.waitid(os.P_PID, pid, os.WCONTINUED).si_code == os.CLD_CONTINUED, lambda: None))
end()
print(os.wait()[1] >> 8)

with tempfile.TemporaryDirectory() as folder:
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    print(in_thread(lambda: os.close(os.open(fifo, os.O_RDONLY)), lambda: os.close(os.open(fifo, os.O_WRONLY))))
    print(in_thread(lambda: open(fifo).read(), lambda: open(fifo, "w").write("text")))
    print(in_thread(lambda: os.system(f"cat {fifo} >/dev/null; exit 3") >> 8, lambda: open(fifo, "w").close()))
r, w = os.pipe()
buffers = bytearray(3), bytearray(5)
print(in_thread(lambda: os.readv(r, buffers), lambda: os.write(w, b"abcde")), buffers)
drain = [os.read for _ in range(4)]
print(in_thread(lambda: os.writev(w, [b"a" * 60000, b"b" * 60000]), lambda: [read(r, 200000) for read in drain[:1]]))
for call in (
    """
os.wait4("x", 0)|os.wait3("")|os.waitid(9, 9, 9)|os.system(3)|os.open(3, 3)|os.open("nowhere", 0)|os.readv(r, 3)
os.readv(999, [])|os.readv(w, [bytearray(1)])|os.writev(w, [1])|os.writev(w, 3)|os.writev(w, [])|os.writev(r, [b"x"])
""".strip()
    .replace("\n", "|")
    .split("|")
):
    try:
        print(call, eval(call))
    except Exception as error:
        print(call, repr(error))
