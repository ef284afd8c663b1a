"""The other half of a cycle."""

import time

time.sleep(0.02)
import left  # noqa: E402

READY = "right" if left.__name__ == "left" else ""
