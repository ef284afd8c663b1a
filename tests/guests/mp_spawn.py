"""multiprocessing with spawn: the child imports this file as __mp_main__."""

import multiprocessing
import sys


class Mine:
    def __init__(self, value):
        self.value = value


def work(queue, mine):
    queue.put(
        (
            __name__,
            mine.value,
            type(mine).__module__,
            sys.argv[1:],
            sorted(name for name in globals() if "work" in name),
        )
    )


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=work, args=(queue, Mine(5)))
    process.start()
    print(queue.get(timeout=20))
    process.join()
    print(process.exitcode, context.get_start_method())
