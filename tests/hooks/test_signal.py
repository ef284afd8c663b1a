"""`signal`: waiting for a signal suspends the coroutine only, and masks are the coroutine's own."""

import os

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


IDENTS_OF_NOBODY = "for ident in (0, 1, -1, 4096, 2**63, 2**64, 2**70 + 8, id(signal)):"


@pytest.mark.parametrize("pure", ["", "1"])
@pytest.mark.parametrize("call", ["signal.pthread_kill(ident, 0)", "time.pthread_getcpuclockid(ident)"])
def test_identity_of_nobody_is_no_process(says, call, pure):
    """To the C library each is an address: it would hang for ever, or crash."""
    code = f"""
        import signal, time
        {IDENTS_OF_NOBODY}
            try: print({call})
            except ProcessLookupError as error: print(error)
    """
    assert says(code, env={**os.environ, "OCORO_PURE_PYTHON": pure}) == ["[Errno 3] No such process"] * 8


def test_thread_of_a_library_is_reached_by_its_identity(says):
    """One that the interpreter has never heard of, by the pthread_t that the C library gave it."""
    code = """
        import ctypes, signal, threading, time
        libc = ctypes.CDLL(None)
        got = threading.Event()
        signal.signal(signal.SIGUSR1, lambda *args: got.set())
        ident, semaphore = ctypes.c_ulong(), ctypes.create_string_buffer(64)
        wait = ctypes.cast(libc.sem_wait, ctypes.c_void_p)
        libc.sem_init(semaphore, 0, 0)
        assert libc.pthread_create(ctypes.byref(ident), None, wait, semaphore) == 0
        print(signal.pthread_kill(ident.value, 0), time.pthread_getcpuclockid(ident.value) < 0)
        signal.pthread_kill(ident.value, signal.SIGUSR1)
        print(got.wait(9))
        libc.sem_post(semaphore)
        libc.pthread_join(ident, None)
        try: signal.pthread_kill(ident.value, 0)
        except ProcessLookupError: print("ended")
    """
    assert says(code) == ["None True", "True", "ended"]
