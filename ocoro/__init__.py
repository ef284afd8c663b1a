"""ocoro runs unmodified, blocking, threaded Python programs on coroutines."""

__version__ = "0.1.0"
