# ends: 3
"""Without -u what stands in the buffer is lost when the process ends without flushing."""

import os
import sys

print("flushed", flush=True)
print("lost", sys.stdout.line_buffering)
os._exit(3)
