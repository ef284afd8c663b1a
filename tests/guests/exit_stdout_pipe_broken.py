# ends: 120
# stderr: yes
"""The reader of standard output is gone: noticed by the last flush, status 120."""

import os

reader, writer = os.pipe()
os.close(reader)
os.dup2(writer, 1)
print("lost")
