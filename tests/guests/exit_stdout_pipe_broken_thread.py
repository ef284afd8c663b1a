# ends: 1
# stderr: yes
"""The reader of standard output is gone: noticed by a thread's write, and again at the end."""

import os
import sys
import threading

reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
thread = threading.Thread(target=os.write, args=(1, b"lost"))
thread.start()
thread.join()
try:
    print("lost", flush=True)
except BrokenPipeError as error:
    print(error, file=sys.stderr)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
sys.exit(1)
