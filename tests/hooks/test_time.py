"""`time.sleep` suspends its coroutine only."""

import os

import pytest


def test_sleep_parks(parks):
    parks("sleep", "", "time.sleep(0.005)")


def test_sleep_taken_by_value_parks(parks):
    parks("sleep", "from time import sleep", "sleep(0.005)")


def test_sleep_of_nothing_lets_others_run(parks):
    parks("sleep", "", "time.sleep(0)", briefly=True)


def test_sleeps_overlap(says):
    code = """
        import threading, time
        threads = [threading.Thread(target=time.sleep, args=(0.02,)) for _ in range(50)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        from ocoro.runtime.instance import scheduler
        print(scheduler.recorder.summary().overlapped > 0.5)
    """
    assert says(code) == ["True"]


@pytest.mark.parametrize("value", ["-1", "'x'", "None", "float('nan')", "1e300", "2**70", "()"])
def test_bad_sleep_is_refused_alike(python, says, value):
    code = f"import time\ntry: time.sleep({value})\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


@pytest.mark.parametrize("value", ["0", "True and 0", "0.001", "__import__('fractions').Fraction(1, 1000)"])
def test_odd_sleep_is_taken_alike(python, says, value):
    code = f"import time\ntry: print(time.sleep({value}))\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


def test_real_thread_sleeps_by_itself(says):
    code = """
        import time
        from ocoro.runtime.instance import scheduler
        from ocoro.runtime.offload import pool
        pool.call(scheduler.recorder.tally("test"), time.sleep, 0.001)
        print(scheduler.recorder.tally("sleep").waits)
    """
    assert says(code) == ["0"]


def test_destructor_in_the_hub_sleeps_natively(says):
    """Where garbage is collected while a thread is about to start, the one who starts is current, but does not run."""
    code = """
        import threading, time
        from ocoro.runtime.instance import scheduler
        kind = type(scheduler)
        start_as_usual = kind._start
        def start(self, coroutine):
            time.sleep(0)
            time.sleep(0.0001)
            start_as_usual(self, coroutine)
        kind._start = start
        thread = threading.Thread(target=print, args=("ran",))
        thread.start()
        thread.join()
    """
    assert says(code) == ["ran"]


def test_no_module_of_ours_holds_a_clock_of_the_programs(says):
    """Programs that freeze the time replace the clocks in all modules, also in those that are imported later."""
    code = """
        import importlib, pkgutil, sys, time
        import ocoro.hooks.table, ocoro.runtime, ocoro.cli.tracing, ocoro.cli.report, ocoro.cli.notices
        for name in ocoro.hooks.table.HOOKS:
            importlib.import_module(name)
        for package in (ocoro.hooks, ocoro.runtime, ocoro.cli.tracing):
            for each in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
                if not each.name.endswith(".fast"):  # in C, and loaded where it is wanted
                    importlib.import_module(each.name)
        clocks = {id(getattr(time, name)): name for name in dir(time) if callable(getattr(time, name))}
        for name in ("sleep", "struct_time", "pthread_getcpuclockid", "tzset", "__loader__"):
            clocks.pop(id(getattr(time, name)))
        ours = {name: vars(module) for name, module in sys.modules.items() if name.startswith("ocoro.")}
        print(len(ours) > 60)
        for module, names in ours.items():
            if module.startswith(("ocoro.hooks", "ocoro.runtime", "ocoro.cli.tracing", "ocoro.cli.notices")):
                for name, value in names.items():
                    if id(value) in clocks or value is time:
                        print(module, name)
    """
    for pure in ("", "1"):
        assert says(code, env={"OCORO_PURE_PYTHON": pure}) == ["True", "ocoro.runtime.originals _time"]


@pytest.mark.parametrize("pure", ["", "1"])
@pytest.mark.parametrize(("option", "least"), [("--quiet", 0.3), ("--no-record", 0)])
def test_first_question_is_answered_from_the_recording(says, pure, option, least):
    """Nothing is counted before somebody asks; the recording knows how long each was running."""
    code = f"""
        import threading, time
        def compute(seconds):
            end = time.process_time() + seconds
            while time.process_time() < end: pass
        def work():
            for _ in range(2):
                with lock: compute(0.2)
            barrier.wait()
            said.append(("worked", {least} <= time.thread_time() <= time.process_time()))
        def idle():
            barrier.wait()
            said.append(("waited", 0 <= time.thread_time() < 0.2))
        said, lock, barrier = [], threading.Lock(), threading.Barrier(3)
        threads = [threading.Thread(target=job) for job in (work, work, idle)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        for each in sorted(said): print(*each)
    """
    said = says(code, option, env={**os.environ, "OCORO_PURE_PYTHON": pure})
    assert said == ["waited True", "worked True", "worked True"]


@pytest.mark.parametrize("pure", ["", "1"])
def test_clocks_go_with_loops_of_asyncio(says, pure):
    """Both are carried over a switch, whichever was there first."""
    code = """
        import asyncio, threading, time
        time.thread_time()
        found = []
        async def main():
            for _ in range(3): await asyncio.sleep(0.001)
            found.append(asyncio.get_running_loop() is loops[threading.get_ident()])
        def run():
            loop = loops[threading.get_ident()] = asyncio.new_event_loop()
            loop.run_until_complete(main())
            found.append(time.thread_time() < 1)
        loops = {}
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(found), all(found))
    """
    assert says(code, env={**os.environ, "OCORO_PURE_PYTHON": pure}) == ["6 True"]
