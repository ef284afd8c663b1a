"""The interpreter's settings and hooks are those of a fresh interpreter."""

import _thread
import faulthandler
import gc
import signal
import sys
import threading

print(sys.getswitchinterval(), sys.getrecursionlimit(), sys.gettrace(), sys.getprofile())
for name in ("excepthook", "unraisablehook", "displayhook", "breakpointhook"):
    print(name, getattr(sys, name) is getattr(sys, f"__{name}__"))
print(threading.excepthook is threading.__excepthook__, threading.gettrace(), threading.getprofile())
print(sys.get_asyncgen_hooks(), sys.get_coroutine_origin_tracking_depth(), sys.is_finalizing())
print(gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_debug(), gc.get_freeze_count())
print(faulthandler.is_enabled(), sys.getfilesystemencoding(), sys.flags.utf8_mode)
print([name for name in ("ps1", "ps2", "last_type", "last_value", "last_exc") if hasattr(sys, name)])
print(threading.stack_size(), _thread.TIMEOUT_MAX == threading.TIMEOUT_MAX, threading.TIMEOUT_MAX)
for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD", "SIGPIPE", "SIGWINCH"):
    print(name, signal.getsignal(getattr(signal, name)))
print(signal.set_wakeup_fd(-1), signal.getitimer(signal.ITIMER_REAL), signal.pthread_sigmask(signal.SIG_BLOCK, []))
