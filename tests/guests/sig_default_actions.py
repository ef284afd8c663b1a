"""What tells a signal at its default from one with a handler: the kernel, the interpreter, children, the program."""

import _thread
import asyncio
import faulthandler
import hashlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time

NUMBERS = signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGXCPU, signal.SIGPIPE
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def masks(path="/proc/self/status"):
    """Who of NUMBERS is blocked, ignored and caught."""
    with open(path) as status:
        sets = [int(line.split()[1], 16) for line in status if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]
    return [[number.name for number in NUMBERS if bits >> (number - 1) & 1] for bits in sets]


def show(*words):
    print(*words, flush=True)


show("the kernel", masks())
for number in NUMBERS:
    show(
        number.name, signal.getsignal(number), signal.signal(number, signal.SIG_DFL), signal.siginterrupt(number, False)
    )
    _thread.interrupt_main(number)
    show("an interrupt by it does nothing", signal.signal(number, print) is signal.SIG_DFL)
    show("reset", signal.signal(number, signal.SIG_DFL) is print, signal.getsignal(number))
    _thread.interrupt_main(number)
show("the kernel", masks())
show("a child", subprocess.check_output(["grep", "^Sig[BI]", "/proc/self/status"], text=True, restore_signals=False))
signal.signal(signal.SIGHUP, signal.SIG_IGN)
show("nohup", subprocess.check_output(["grep", "^SigIgn", "/proc/self/status"], text=True, restore_signals=False))
os.kill(os.getpid(), signal.SIGHUP)
_thread.interrupt_main(signal.SIGHUP)
signal.raise_signal(signal.SIGHUP)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


def ends(name, function, *args):
    """Say how a child ends that calls `function`; it must not get to its exit functions."""
    pid = os.fork()
    if pid == 0:
        try:
            function(*args)
            show(name, "has returned")
        finally:
            os._exit(70)
    show(name, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def send_soon(number, pid=None):
    """Have another process send it in a moment."""
    pid = pid or os.getpid()
    if os.fork() == 0:
        time.sleep(0.1)
        os.kill(pid, number)
        os._exit(0)


def compute(number):
    send_soon(number)
    sum(range(10**12))


def compute_beside_threads(number):
    send_soon(number)
    threading.Thread(target=time.sleep, args=(60,)).start()
    sum(range(10**12))


def compute_in_thread(number):
    send_soon(number)
    thread = threading.Thread(target=sum, args=(range(10**12),))
    thread.start()
    thread.join()


def compute_elsewhere(number):
    send_soon(number)
    thread = threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha512", b"secret", b"salt", 1 << 30))
    thread.start()
    thread.join()


def wait(number):
    send_soon(number)
    threading.Event().wait()


def spin(number):
    send_soon(number)
    threading.Thread(target=time.sleep, args=(60,)).start()
    while True:
        pass


def set_and_reset(number):
    signal.signal(number, lambda *_: show("must not be called"))
    signal.signal(number, signal.SIG_DFL)
    compute(number)


def beside_a_loop(number):
    async def main():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(number, print, "the loop's handler is called")
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.01)
        loop.remove_signal_handler(number)
        show(signal.getsignal(number) is signal.SIG_DFL)
        compute(number)

    asyncio.run(main())


def dump_and_chain(number):
    file = open("/dev/null", "w")
    faulthandler.register(number, file, chain=True)
    compute(number)


def dump_only(number):
    file = open("/dev/null", "w")
    faulthandler.register(number, file)
    os.kill(os.getpid(), number)
    faulthandler.unregister(number)
    show("still here", signal.getsignal(number) is signal.SIG_DFL)
    compute(number)


def unblock(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    os.kill(os.getpid(), number)
    show("pending", number in signal.sigpending())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])


def to_thread(number):
    thread = threading.Thread(target=time.sleep, args=(60,))
    thread.start()
    signal.pthread_kill(thread.ident, number)
    time.sleep(60)


def in_newborn(number):
    pid = os.fork()
    if pid == 0:
        sum(range(10**12))
    os.kill(pid, number)
    show("a child's child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os.kill(os.getpid(), number)


def wakeup_fd(number):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.raise_signal(number)


for number in NUMBERS:
    ends(f"{number.name} while C code computes", compute, number)
for function in compute_beside_threads, compute_in_thread, compute_elsewhere, wait, spin, set_and_reset:
    ends(f"SIGTERM, {function.__name__}", function, signal.SIGTERM)
for function in beside_a_loop, dump_and_chain, dump_only, unblock, to_thread, in_newborn, wakeup_fd:
    ends(f"SIGTERM, {function.__name__}", function, signal.SIGTERM)
ends("SIGTERM, raise_signal", signal.raise_signal, signal.SIGTERM)
ends("SIGHUP, kill", os.kill, os.getpid(), 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
ends("SIGINT at its default", compute, signal.SIGINT)
show("all at once", [subprocess.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"]).returncode])
