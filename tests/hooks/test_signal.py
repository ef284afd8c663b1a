"""`signal`: waiting for a signal suspends the coroutine only, and masks are the coroutine's own."""

import pytest

BEFORE = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])\n"
SEND = "os.kill(os.getpid(), signal.SIGUSR1)"


@pytest.mark.parametrize("send", [SEND, "signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)"])
def test_sigwait_parks(parks, send):
    parks("sigwait", BEFORE, "assert signal.sigwait([signal.SIGUSR1]) is signal.SIGUSR1", send)


def test_sigwaitinfo_parks(parks):
    call = "assert signal.sigwaitinfo([signal.SIGUSR1])[:4] == (10, 0, 0, os.getpid())"
    parks("sigwait", BEFORE, call, SEND)


@pytest.mark.parametrize("timeout", ["30", "30.0", "Index()"])
def test_sigtimedwait_parks(parks, timeout):
    before = BEFORE + "class Index:\n def __index__(self): return 30"
    parks("sigwait", before, f"assert signal.sigtimedwait([signal.SIGUSR1], {timeout}).si_signo == 10", SEND)


def test_sigtimedwait_time_out_parks(parks):
    parks("sigwait", BEFORE, "assert signal.sigtimedwait([signal.SIGUSR1], 0.5) is None")


def test_pause_parks(parks):
    before = "import signal; signal.signal(signal.SIGUSR1, lambda *args: None)"
    parks("pause", before, "assert signal.pause() is None", SEND)


def test_whoever_waits_for_all_gets_each(says):
    code = """
        import os, signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        found = []
        def wait():
            for _ in range(3): found.append(signal.sigwait(signal.valid_signals()))
        thread = threading.Thread(target=wait)
        thread.start()
        for number in (signal.SIGTERM, 63, signal.SIGINT):
            while len(found) < {15: 0, 63: 1, 2: 2}[number]: threading.Event().wait(0.001)
            os.kill(os.getpid(), number)
        thread.join()
        print(*map(int, found))
    """
    assert says(code) == ["15 63 2"]


def test_abandoned_wait_takes_nothing(says):
    code = """
        import os, signal
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        for _ in range(20):
            assert signal.sigtimedwait([signal.SIGUSR1], 0.001) is None
            os.kill(os.getpid(), signal.SIGUSR1)
            assert signal.sigtimedwait([signal.SIGUSR1], 5).si_signo == 10
        print(signal.sigpending())
    """
    assert says(code) == ["set()"]


def test_real_threads_of_ours_take_no_signal(says):
    code = """
        import os, signal, socket, threading
        thread = threading.Thread(target=socket.getaddrinfo, args=("localhost", 80))
        thread.start()
        thread.join()
        socket.getaddrinfo("localhost", 80)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        os.kill(os.getpid(), signal.SIGUSR1)
        print(len(os.listdir("/proc/self/task")) > 1, signal.sigpending())
    """
    assert says(code) == ["True {<Signals.SIGUSR1: 10>}"]


def test_handler_may_wait_in_a_wait(says):
    code = """
        import os, signal, threading
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
        def handle(number, frame):
            threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGUSR2)).start()
            print("inner", signal.sigwaitinfo([signal.SIGUSR2]).si_signo)
            os.kill(os.getpid(), signal.SIGUSR1)
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        print("outer", signal.sigwaitinfo([signal.SIGUSR1]).si_signo)
    """
    assert says(code) == ["inner 12", "outer 10"]


@pytest.mark.parametrize(
    "call",
    [
        "sigwait(5)",
        "sigwait([0])",
        "sigwait(['x'])",
        "sigwaitinfo([999])",
        "sigtimedwait([10], 'x')",
        "sigtimedwait([10], -1)",
        "sigtimedwait([10], float('nan'))",
        "sigtimedwait([10], 1e300)",
        "sigtimedwait([0], 1)",
        "sigwait()",
        "pthread_sigmask(99, [10])",
        "pthread_sigmask('x', [10])",
        "pthread_sigmask(0, [0])",
        "pthread_sigmask(0, 10)",
        "pthread_kill(threading.get_ident(), 999)",
        "pthread_kill(threading.get_ident(), 'x')",
        "raise_signal('x')",
        "pthread_kill(threading.get_ident(), 0)",
    ],
)
def test_wrong_calls_are_refused_alike(python, says, call):
    code = f"import signal, threading\ntry: print(signal.{call})\nexcept Exception as error: print(type(error), error)"
    plain = python("-c", code).out.splitlines()
    assert says(code) == plain or "argument" in plain[0]
