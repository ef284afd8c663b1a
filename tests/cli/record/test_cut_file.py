"""A recording that somebody cuts short while the program runs: the program goes on, and the report says so.

Behind the end of a mapped file a write is a SIGBUS. So the neighbours are here, too: what the program itself does with
that signal, and a mapping of its own that is cut.
"""

import signal

import pytest
from recordings import runs_in

CUT = """\
import faulthandler, mmap, os, signal, sys, threading, time

def work():
    for _ in range(20):
        time.sleep(0.001)

def made_anew():
    '''A place not seen before, with texts of its own.'''
    space = {"sleep": time.sleep}
    exec(compile("def called():\\n    sleep(0.001)\\n", f"/generated/{time.monotonic()}.py", "exec"), space)
    space["called"]()

def cut_own():
    '''Have a SIGBUS that is no affair of the recording.'''
    with open("own", "w+b") as file:
        file.write(bytes(4096))
        file.flush()
        memory = mmap.mmap(file.fileno(), 4096)
        file.truncate(0)
    memory[0] = 1

work()
BEFORE
os.truncate(sys.argv[1], SIZE)
threads = [threading.Thread(target=each) for each in (work, made_anew) * 10]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("fine", flush=True)
AFTER
"""
SAID = "warning: not all of this run is recorded: somebody has cut the file short\n"
ENABLED = "faulthandler.enable(open('faults', 'w'))"


@pytest.fixture
def cut(ocoro, script, environment, tmp_path):
    """`cut(before, after, size)`: how a program ends that cuts its own recording."""

    def cut(before="", after="", size=0):
        path = script(CUT.replace("BEFORE", before).replace("AFTER", after).replace("SIZE", str(size)))
        return ocoro("--report=none", "--output=run.ocoro", path, "run.ocoro", env=environment, cwd=tmp_path)

    return cut


@pytest.mark.parametrize("size", [0, 1, 4096, 100_000, 500_000])
def test_program_goes_on(cut, size):
    done = cut(size=size)
    assert (done.out, done.err, done.status) == ("fine\n", SAID, 0)


@pytest.mark.parametrize(
    "before",
    [
        ENABLED,
        f"{ENABLED}; {ENABLED}",
        f"{ENABLED}; faulthandler.disable()",
        "signal.signal(signal.SIGBUS, print)",
        "signal.signal(signal.SIGBUS, signal.SIG_IGN)",
        f"signal.signal(signal.SIGBUS, print); {ENABLED}",
    ],
)
def test_program_goes_on_beside_its_own_handlers(cut, tmp_path, before):
    done = cut(before)
    assert (done.out, done.err, done.status) == ("fine\n", SAID, 0)
    assert not (tmp_path / "faults").exists() or (tmp_path / "faults").read_text() == ""


@pytest.mark.parametrize("before", ["", f"{ENABLED}; faulthandler.disable()"])
@pytest.mark.parametrize("after", ["cut_own()", "os.kill(os.getpid(), signal.SIGBUS)"])
def test_another_such_signal_ends_the_program(cut, before, after):
    done = cut(before, after)
    assert (done.out, done.status) == ("fine\n", -signal.SIGBUS)


def test_another_such_signal_is_told_by_faulthandler(cut, tmp_path):
    done = cut(ENABLED, "cut_own()")
    assert (done.out, done.status) == ("fine\n", -signal.SIGBUS)
    told = (tmp_path / "faults").read_text()
    assert told.count("Fatal Python error: Bus error") == 1
    assert "in cut_own" in told


def test_another_such_signal_is_handled_by_the_program(cut):
    after = "os.kill(os.getpid(), signal.SIGBUS)"
    done = cut("signal.signal(signal.SIGBUS, lambda number, frame: print(number == signal.SIGBUS))", after)
    assert (done.out, done.err, done.status) == ("fine\nTrue\n", SAID, 0)


def test_file_that_is_cut_while_the_process_sleeps_without_the_parts_in_c(ocoro, script, environment, tmp_path):
    """The next fold, which comes before anything is written, finds it: the hub has slept longer than that is apart."""
    code = """
    import os, sys, threading, time
    from ocoro.runtime import originals
    reader, writer = os.pipe()

    def cut():
        os.truncate(sys.argv[1], 0)
        originals.sleep(0.05)
        originals.write(writer, b"x")

    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    time.sleep(0.001)
    originals.start_new_thread(lambda: (originals.sleep(0.2), cut()), ())
    print(os.read(reader, 1))
    for _ in range(20):
        time.sleep(0.001)
    """
    file = "run.ocoro"
    environment |= {"OCORO_PURE_PYTHON": "1"}
    done = ocoro("--report=none", f"--output={file}", script(code), file, env=environment, cwd=tmp_path)
    assert (done.out, done.err, done.status) == ("b'x'\n", SAID, 0)


def test_a_child_records_into_a_file_of_its_own(cut, tmp_path):
    after = "child = os.fork()\nif not child: work()\nelse: print(os.waitpid(child, 0)[1])"
    assert cut(after=after).out == "fine\n0\n"
    (tmp_path / "run.ocoro").unlink()
    (run,) = runs_in(tmp_path)
    assert sum(each.waits for each in run.aggregates if each.site.call == "sleep") == 20
