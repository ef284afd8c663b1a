# ends: 1
"""doctest in main.

>>> import threading, time
>>> thread = threading.Thread(target=print, args=("in a thread",))
>>> thread.start(); thread.join()
in a thread
>>> threading.Lock().release()
Traceback (most recent call last):
...
RuntimeError: release unlocked lock
>>> time.sleep(0)
>>> thread.is_alive()
True
"""

import doctest
import sys

sys.exit(doctest.testmod().failed)
