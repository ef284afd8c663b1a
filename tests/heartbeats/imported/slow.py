"""Imported by `threads.py`: waits in the middle."""

import sys

sys.leave_slow.wait()
done = True
