"""A program may replace time.sleep for itself, as tests do."""

import threading
import time
from unittest import mock

with mock.patch("time.sleep") as fake:
    thread = threading.Thread(target=lambda: time.sleep(30))
    thread.start()
    thread.join()
print(fake.mock_calls, time.sleep.__name__)
original, time.sleep = time.sleep, lambda seconds: print("replaced", seconds)
time.sleep(5)
time.sleep = original
print(time.sleep(0))
