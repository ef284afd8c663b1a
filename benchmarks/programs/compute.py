"""Pure computation, which a launcher must not slow down: three kernels that never wait.

Usage: compute.py REPEATS. Each kernel runs REPEATS times, in turn with the others, and its best time in milliseconds
counts: ``floats``, ``calls`` and ``texts``; the value is their sum. The best, because the machine's noise only adds;
and processor time of the whole process, because other programs must not count but a launcher's own threads must.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable


def floats() -> float:
    """Arithmetic on local variables: steps of a Mandelbrot iteration."""
    x = y = 0.0
    for step in range(150_000):
        x, y = x * x - y * y - 0.4, 2.0 * x * y + 0.6
        if x * x + y * y > 4.0:
            x, y = 0.0, step * 1e-9
    return x


def calls(n: int = 26) -> int:
    """Calls of Python functions: the Fibonacci numbers by their definition."""
    return n if n < 2 else calls(n - 1) + calls(n - 2)


def texts() -> int:
    """Strings, dicts and sorting: count words and order them."""
    words = [f"word{i * 7919 % 4999}" for i in range(40_000)]
    counts = Counter(" ".join(words).upper().split())
    return len(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def duration(kernel: Callable[[], object]) -> float:
    begin = time.process_time()
    kernel()
    return time.process_time() - begin


def main(repeats: int) -> None:
    kernels = (floats, calls, texts)
    rounds = [[duration(kernel) for kernel in kernels] for _ in range(repeats)]
    best = {kernel.__name__: min(times) * 1e3 for kernel, times in zip(kernels, zip(*rounds, strict=True), strict=True)}
    print(json.dumps({"name": "compute", "unit": "ms", "value": sum(best.values()), **best}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
