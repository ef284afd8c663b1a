"""What waits for a disk: paths go to a worker where the file system is slow."""

SLOW = """
import os, threading
from ocoro.hooks import files
from ocoro.runtime import originals
from ocoro.runtime.instance import scheduler

class Slow:
    def __getattr__(self, name):
        return lambda *args: (delays and originals.sleep(delays.pop()), getattr(os, name)(*args))[1]

leave = threading.Event()
threading.Thread(target=leave.wait).start()
files.os = Slow()
rename = files._offloaded_if_slow("rename")

def waits():
    scheduler.recorder.summary()
    return scheduler.recorder.tally("rename").waits

open("a", "w").close()
delays = [0.01]
for source, target in ("a", "b"), ("b", "c"), ("c", "d"):
    rename(None, source, target)
    print(waits(), os.path.exists(target))
leave.set()
"""


def test_path_goes_to_a_worker_after_a_slow_call(says):
    """The one after it goes there, and shows that the file system is quick again."""
    assert says(SLOW) == ["0 True", "1 True", "1 True"]
