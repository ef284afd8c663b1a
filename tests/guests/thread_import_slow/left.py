"""One half of a cycle."""

import time

time.sleep(0.02)
import right  # noqa: E402

READY = "left" if right.__name__ == "right" else ""
