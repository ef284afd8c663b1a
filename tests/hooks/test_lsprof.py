"""cProfile's profiler is put aside while others run, and set again."""

PROGRAM = """
import cProfile, threading, time

def work():
    time.sleep(0.01)
    plain()

def plain():
    return sum(range(10))

def main():
    thread = threading.Thread(target=work)
    thread.start()
    plain()
    time.sleep(0.02)
    plain()
    thread.join()

profiler = cProfile.Profile()
profiler.runcall(main)
profiler.create_stats()
print([calls[0] for (_, _, name), calls in profiler.stats.items() if name == "plain"])
"""


def test_profiler_survives_waits(ocoro, python, interpreter):
    """Before 3.12 it knows of its own thread only, later of all."""
    calls = 2 if interpreter.version == "3.11" else 3
    for launch, options in (ocoro, ["--quiet"]), (python, []):
        done = launch(*options, "-c", PROGRAM, interpreter=interpreter)
        assert (done.err, done.status) == ("", 0), done
        assert done.out == f"[{calls}]\n"
