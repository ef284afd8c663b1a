"""`threading` waits by way of `_thread`: each of its waits suspends its coroutine only."""


def test_Thread_join_parks(parks):
    parks(
        "lock", "gate = threading.Event(); t = threading.Thread(target=gate.wait); t.start()", "t.join()", "gate.set()"
    )


def test_Thread_start_parks(parks):
    parks("lock", "t = threading.Thread(target=len, args=((),))", "t.start()")


def test_Condition_wait_parks(parks):
    meanwhile = "\nwith condition: condition.notify()"
    parks("lock", "condition = threading.Condition()", "\nwith condition: condition.wait()", meanwhile)


def test_Event_wait_parks(parks):
    parks("lock", "event = threading.Event()", "event.wait()", "event.set()")


def test_Event_time_out_parks(parks):
    parks("lock", "event = threading.Event()", "assert not event.wait(0.05)")


def test_Semaphore_acquire_parks(parks):
    parks("lock", "semaphore = threading.Semaphore(0)", "semaphore.acquire()", "semaphore.release()")


def test_Barrier_wait_parks(parks):
    parks("lock", "barrier = threading.Barrier(2)", "barrier.wait()", "barrier.wait()")


def test_Timer_waits_for_its_time(says):
    code = """
        import threading
        timer = threading.Timer(0.005, print, ("late",))
        timer.start()
        print("early")
    """
    assert says(code) == ["early", "late"]


def test_executor_result_parks(parks):
    before = "from concurrent.futures import ThreadPoolExecutor; pool = ThreadPoolExecutor(); gate = threading.Event()"
    parks("lock", before, "pool.submit(gate.wait).result()", "gate.set()")


def test_main_waits_for_threads_at_exit(says):
    code = """
        import threading, time
        def late():
            time.sleep(0.01)
            print("late")
        threading.Thread(target=late).start()
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
        print("main ends")
    """
    assert says(code) == ["main ends", "late"]
