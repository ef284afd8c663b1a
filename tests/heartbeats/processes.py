"""subprocess, os and pty: waiting for children, and talking to them. signal: waiting for signals."""

import os
import pty
import select
import signal
import subprocess
import sys
import threading

from heart import later, operation, perform

SHORT, LONG = 0.1, 60  # seconds
CAT = ["cat"]


def child(*more):
    """A child that ends when the heart has beaten: its standard input is a pipe, and that is closed then."""
    process = subprocess.Popen([*CAT, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    later(process.stdin.close)
    return process


def started():
    """The pid of such a child, which subprocess knows nothing of."""
    reader, writer = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, reader, 0)]
    pid = os.posix_spawn("/bin/cat", CAT, os.environ, file_actions=actions)
    os.close(reader)
    later(os.close, writer)
    return pid


def fifo(name):
    """A FIFO, as text for a command line, to which a line is written when the heart has beaten."""
    path = os.path.join(folder, name)
    os.mkfifo(path)
    later(threading.Thread(target=write_line, args=(path,)).start)
    return path


def write_line(path):
    with open(path, "w") as file:
        file.write("line\n")


# -- waiting for children ----------------------------------------------------------------------------------------------


@operation
def popen_wait():
    return child().wait()


@operation
def popen_wait_with_time_out():
    return child().wait(LONG)


@operation
def popen_wait_times_out():
    with subprocess.Popen(CAT, stdin=subprocess.PIPE) as process:
        try:
            return process.wait(SHORT)
        except subprocess.TimeoutExpired as error:
            return error.timeout


@operation
def popen_exit():
    with subprocess.Popen(["cat", fifo("a")], stdout=subprocess.DEVNULL):
        pass


@operation
def communicate():
    process = subprocess.Popen(["cat", fifo("b")], stdout=subprocess.PIPE)
    return process.communicate()


@operation
def communicate_with_time_out():
    process = subprocess.Popen(["cat", "-", fifo("c")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return process.communicate(b"first\n", timeout=LONG)


@operation
def run():
    return subprocess.run(["cat", fifo("d")], capture_output=True, text=True).stdout


@operation
def check_output():
    return subprocess.check_output(["cat", fifo("e")])


@operation
def call():
    return subprocess.call(["grep", "-q", "line", fifo("f")])


@operation
def read_from_child():
    process = child()
    process.stdin.write(b"line\n")
    later(process.stdin.close)
    return process.stdout.read(), process.wait()


@operation
def write_to_child():
    reader = subprocess.Popen(["sh", "-c", f"cat {fifo('g')}; cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with reader:
        return reader.stdin.write(bytes(200_000))


@operation
def wait():
    started()
    return os.wait()[1]


@operation
def waitpid():
    return os.waitpid(started(), 0)[1]


@operation
def waitpid_any():
    started()
    return os.waitpid(-1, 0)[1]


@operation
def wait3():
    started()
    return os.wait3(0)[1]


@operation
def wait4():
    return os.wait4(started(), 0)[1]


@operation
def waitid():
    return os.waitid(os.P_PID, started(), os.WEXITED).si_status


@operation
def waitid_all():
    started()
    return os.waitid(os.P_ALL, 0, os.WEXITED).si_status


@operation
def system():
    return os.system(f"cat {fifo('h')} > /dev/null")


@operation
def popen_read():
    with os.popen(f"cat {fifo('i')}") as file:
        return file.read()


@operation
def popen_close():
    return os.popen(f"grep -q line {fifo('j')}").close()


@operation
def spawn():
    return os.spawnvp(os.P_WAIT, "grep", ["grep", "-q", "line", fifo("k")])


@operation
def fork():
    path = fifo("l")
    pid = os.fork()
    if not pid:
        with open(path) as file:
            os._exit(len(file.read()))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@operation
def process_fd():
    process = child()
    fd = os.pidfd_open(process.pid)
    ready = select.select([fd], [], [])[0] == [fd]
    return ready, process.wait()


@operation
def terminal_of_child():
    path = fifo("m")
    pid, fd = pty.fork()
    if not pid:
        os.execvp("cat", ["cat", path])
    said = os.read(fd, 100)
    os.waitpid(pid, 0)
    return said


@operation
def terminal_between():
    """`pty.spawn` copies what the child says to our own standard output."""
    path, read = fifo("n"), []
    output, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        status = pty.spawn(["cat", path], lambda fd: read.append(os.read(fd, 100)) or read[-1])
    finally:
        os.dup2(output, 1)
    return status, b"".join(read)


# -- signals -----------------------------------------------------------------------------------------------------------


def kill():
    os.kill(os.getpid(), signal.SIGUSR1)


def alone(function, *args):
    """Call it with SIGUSR1 blocked, which is sent when the heart has beaten."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        later(signal.pthread_kill, threading.main_thread().ident, signal.SIGUSR1)
        return function([signal.SIGUSR1], *args)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])


@operation
def pause():
    handled = []
    signal.signal(signal.SIGUSR1, lambda *args: handled.append(1))
    later(kill)
    return signal.pause(), handled


@operation
def sigwait():
    return int(alone(signal.sigwait))


@operation
def sigwaitinfo():
    return alone(signal.sigwaitinfo).si_signo


@operation
def sigtimedwait():
    return alone(signal.sigtimedwait, LONG).si_signo


@operation
def sigtimedwait_times_out():
    return signal.sigtimedwait([signal.SIGUSR2], SHORT)


folder = sys.argv[1]
perform()
