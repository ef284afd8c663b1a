"""Timer: fires, is cancelled, keeps arguments; is a thread."""

import re
import threading

fired = []
done = threading.Event()
timer = threading.Timer(0.02, lambda *args, **kwargs: (fired.append((args, kwargs)), done.set()), (1, 2), {"name": 3})
cancelled = threading.Timer(5, fired.append, ("never",))
print(re.sub(r"\d{4,}", "..", repr(timer)), isinstance(timer, threading.Thread), timer.daemon, timer.interval)
timer.start()
cancelled.start()
cancelled.cancel()
cancelled.join()
done.wait()
timer.join()
timer.cancel()
print(fired, cancelled.is_alive(), cancelled.finished.is_set())
