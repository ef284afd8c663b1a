"""`queue`: getting from an empty queue and putting into a full one suspends the coroutine only."""

import pytest


def test_SimpleQueue_get_parks(parks):
    parks("queue", "q = queue.SimpleQueue()", "assert q.get() == 1", "q.put(1)")


def test_SimpleQueue_time_out_parks(parks):
    parks("queue", "q = queue.SimpleQueue()", "\ntry: q.get(timeout=0.1)\nexcept queue.Empty: pass")


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_Queue_get_parks(parks, kind):
    parks("lock", f"q = queue.{kind}()", "assert q.get() == 1", "q.put(1)")


def test_Queue_put_parks(parks):
    parks("lock", "q = queue.Queue(1); q.put(1)", "q.put(2)", "q.get()")


def test_Queue_join_parks(parks):
    parks("lock", "q = queue.Queue(); q.put(1)", "q.join()", "q.get(); q.task_done()")


def test_SimpleQueue_from_a_real_thread(says):
    code = """
        import queue
        from ocoro.runtime import originals
        q = queue.SimpleQueue()
        originals.start_new_thread(lambda: (originals.sleep(0.005), q.put("from outside")), ())
        print(q.get())
    """
    assert says(code) == ["from outside"]


def test_each_item_goes_to_one(says):
    code = """
        import queue, threading
        q, got = queue.SimpleQueue(), []
        threads = [threading.Thread(target=lambda: got.append(q.get())) for _ in range(20)]
        for thread in threads: thread.start()
        for number in range(20): q.put(number)
        for thread in threads: thread.join()
        print(sorted(got) == list(range(20)), q.empty())
    """
    assert says(code) == ["True True"]


@pytest.mark.parametrize("call", ["get(True, -1)", "get(True, 'x')", "get(False)", "get_nowait()", "get(timeout=0)"])
def test_empty_queue_refuses_alike(python, says, call):
    code = f"import queue\ntry: queue.SimpleQueue().{call}\nexcept Exception as error: print(repr(error))"
    assert says(code) == python("-c", code).out.splitlines()


def test_SimpleQueue_is_the_same_everywhere(says):
    code = """
        import _queue, queue
        print(queue.SimpleQueue is _queue.SimpleQueue, queue.SimpleQueue.__module__, queue.SimpleQueue[int])
    """
    assert says(code) == ["True _queue _queue.SimpleQueue[int]"]
