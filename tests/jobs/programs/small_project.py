"""The tests of a small project, threaded and with all kinds of outcomes."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

THREADS = 50


@pytest.fixture(scope="session")
def pool():
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool


@pytest.mark.parametrize("factor", range(20))
def test_threads(pool, factor):
    meeting = threading.Barrier(THREADS)

    def work(number):
        meeting.wait()
        time.sleep(0.05)
        return number * factor

    assert sum(pool.map(work, range(THREADS))) == factor * 1225


def test_fails(pool):
    assert list(pool.map(abs, [-1, -2])) == [1, 3]


def test_fails_in_thread(pool):
    pool.submit(divmod, 1, 0).result()


def test_thread_leaves_error():
    thread = threading.Thread(target=divmod, args=(1, 0))
    thread.start()
    thread.join()


@pytest.mark.skip(reason="not today")
def test_skipped():
    raise AssertionError


@pytest.mark.xfail
def test_expected_to_fail():
    raise AssertionError


def test_output_is_captured(capfd):
    subprocess.run([sys.executable, "-c", "print('child')"], check=True)
    print("parent")
    assert capfd.readouterr() == ("child\nparent\n", "")


def test_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open("file", "w") as file:
        print("text", file=file)
    assert os.stat("file").st_size == 5


def test_worker_crashes():
    os._exit(3)
