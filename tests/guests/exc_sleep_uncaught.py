# ends: 1
# stderr: yes
"""An uncaught error of time.sleep."""

import threading
import time

thread = threading.Thread(target=time.sleep, args=(-1,))
thread.start()
thread.join()
time.sleep("text")
