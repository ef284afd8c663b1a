"""sched with its default clock, from several threads."""

import sched
import threading

scheduler = sched.scheduler()
found = []
for delay, word in ((0.06, "third"), (0.02, "first"), (0.04, "second")):
    scheduler.enter(delay, 1, found.append, (word,))
gone = scheduler.enter(0.05, 1, found.append, ("never",))
scheduler.cancel(gone)
thread = threading.Thread(target=scheduler.run)
thread.start()
thread.join()
print(found, scheduler.empty(), scheduler.run(blocking=False))
