"""Deep copies, context managers and exceptions in threads that take turns keep to themselves."""

import contextlib
import copy
import io
import threading
import time


@contextlib.contextmanager
def entered(name, log):
    log.append(f"enter {name}")
    try:
        yield
        time.sleep(0.005)
    except ValueError as error:
        log.append(f"{name} {error}")
    finally:
        time.sleep(0.005)
        log.append(f"leave {name}")


def work(name, found):
    log = []
    with entered(f"outer {name}", log), contextlib.ExitStack() as stack:
        stack.enter_context(entered(f"inner {name}", log))
        stack.callback(log.append, "callback")
        time.sleep(0.005)
        raise ValueError(name)
    found.append((name, copy.deepcopy(log)))


found = []
threads = [threading.Thread(target=work, args=(name, found)) for name in "abc"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for line in sorted(found):
    print(*line)
with contextlib.redirect_stdout(io.StringIO()) as captured:
    thread = threading.Thread(target=print, args=("captured",))
    thread.start()
    thread.join()
print(repr(captured.getvalue()))
