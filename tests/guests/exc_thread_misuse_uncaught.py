# ends: 1
# stderr: yes
"""Uncaught misuse of threads: join of oneself, join before start; start twice in main."""

import threading

for target in (lambda: threading.current_thread().join(), lambda: threading.Thread().join()):
    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
thread.start()
