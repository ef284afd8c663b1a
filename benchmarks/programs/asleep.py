"""Room for many: threads that are all asleep at the same time; what does each cost to start, and to keep?

Usage: asleep.py COUNT. The value is the time to start one thread, ``memory`` what one sleeper adds to the resident set
in KiB (absent where there is no /proc). The sleepers are daemons that outlive the program: nobody waits for them.
"""

import json
import sys
import threading
import time
from pathlib import Path

STATUS = Path("/proc/self/status")
AN_HOUR = 3600


def resident() -> int:
    """The resident set of this process in KiB."""
    return next(int(line.split()[1]) for line in STATUS.read_text().splitlines() if line.startswith("VmRSS:"))


def sleep(asleep: list[None], awake: list[None]) -> None:
    asleep.append(None)
    time.sleep(AN_HOUR)
    awake.append(None)


def start(count: int, asleep: list[None], awake: list[None]) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        threading.Thread(target=sleep, args=(asleep, awake), daemon=True).start()
    return time.perf_counter() - begin


def main(count: int) -> None:
    asleep, awake = list[None](), list[None]()
    before = resident() if STATUS.exists() else None
    elapsed = start(count, asleep, awake)
    time.sleep(0.1)
    if len(asleep) != count or awake:
        sys.exit(f"of {count} threads {len(asleep)} went to sleep and {len(awake)} returned")
    memory = {} if before is None else {"memory": (resident() - before) / count}
    print(json.dumps({"name": "asleep", "unit": "us", "value": elapsed / count * 1e6, **memory, "threads": count}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
