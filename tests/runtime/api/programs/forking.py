"""In the child of a fork only the forking coroutine is there: others are not timed out, cancelled, woken or told of."""

import os
import sys

import ocoro

PARENT = os.getpid()


def only_in_parent():
    assert os.getpid() == PARENT, "goes on in the child"


def limited():
    try:
        with ocoro.timeout(0.02):
            try:
                ocoro.sleep(30)
            finally:
                only_in_parent()
    except TimeoutError:
        pass


def sleeps():
    try:
        ocoro.sleep(30)
    finally:
        only_in_parent()


def waits():
    try:
        others[0].join()
    finally:
        only_in_parent()


def waits_for_job():
    try:
        waiting_job.result()
    except ocoro.Cancelled:
        only_in_parent()


def told(change):
    only_in_parent()


def child():
    for coroutine in others:
        coroutine.cancel()
    waiting_job.cancel()
    running_job.cancel()
    assert len(ocoro.coroutines()) == 1
    assert ocoro.spawn(pow, 2, 10).result(30) == 1024
    with ocoro.Pool(max=1) as new:
        assert list(new.map(abs, [-1, 2])) == [1, 2]
    assert pool.submit(abs, -3).result(30) == 3
    try:
        with ocoro.timeout(0.03):  # longer than the parent's
            ocoro.sleep(30)
    except TimeoutError:
        return 0
    return 1


def fork():
    pid = os.fork()
    if not pid:
        status = 2
        try:
            status = child()
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


for in_coroutine in False, True:
    pool = ocoro.Pool(max=1)
    others = [ocoro.spawn(sleeps), ocoro.spawn(limited), ocoro.spawn(waits)]
    running_job, waiting_job = pool.submit(sleeps), pool.submit(int)
    others.append(ocoro.spawn(waits_for_job))
    listener = ocoro.add_listener(told)
    ocoro.sleep(0.005)
    others.append(ocoro.spawn(sleeps))  # has not begun
    if in_coroutine:
        ocoro.spawn(fork).result(30)
    else:
        fork()
    ocoro.remove_listener(listener)
    for coroutine in others:
        coroutine.cancel()
    waiting_job.cancel()
    running_job.cancel()
    ocoro.wait_all(others, 30)
    pool.shutdown()
print("done")
