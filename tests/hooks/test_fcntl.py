"""`fcntl`: only the coroutine waits for a lock."""

LOCKED = "import fcntl\nf, g = open('l', 'w'), open('l', 'w')\n"
OFD = """
import struct
held, free = (struct.pack('hhqqi4x', kind, 0, 0, 0, 0) for kind in (fcntl.F_WRLCK, fcntl.F_UNLCK))
fcntl.fcntl(f, fcntl.F_OFD_SETLK, held)
"""
HOLDER = """
import fcntl
code = "import fcntl, sys; f = open('l', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(1, flush=True); sys.stdin.read()"
holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
holder.stdout.readline()
f = open('l', 'r+')
"""


def test_flock_parks(parks):
    before = LOCKED + "fcntl.flock(f, fcntl.LOCK_EX)"
    parks("flock", before, "fcntl.flock(g, fcntl.LOCK_SH)", "fcntl.flock(f, fcntl.LOCK_UN)")


def test_lockf_parks(parks):
    parks("flock", HOLDER, "fcntl.lockf(f, fcntl.LOCK_EX); holder.wait()", "holder.stdin.close()")


def test_fcntl_parks(parks):
    parks(
        "flock",
        LOCKED + OFD,
        "fcntl.fcntl(g, fcntl.F_OFD_SETLKW, held)",
        "fcntl.fcntl(f, fcntl.F_OFD_SETLK, free)",
    )


def test_handler_ends_the_wait_for_a_lock(says):
    code = """
        import fcntl, signal, threading
        f, g = open('l', 'w'), open('l', 'w')
        fcntl.flock(f, fcntl.LOCK_EX)
        gate = threading.Event()
        threading.Thread(target=gate.wait).start()
        def handle(number, frame): raise LookupError(number)
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        try: fcntl.flock(g, fcntl.LOCK_EX)
        except LookupError as error: print(error)
        fcntl.flock(f, fcntl.LOCK_UN)
        with open('l') as h: print(fcntl.flock(h, fcntl.LOCK_EX | fcntl.LOCK_NB))
        gate.set()
    """
    assert says(code) == ["14", "None"]
