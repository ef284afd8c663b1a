"""Functions and types as the interpreter made them, captured before anything is patched.

This is the only place that holds them. Everything in `runtime` and `hooks` that needs the real thing takes it from
here, so that a patch can never reach the machinery that makes patches work.

The clocks are out of the program's reach, too. Who freezes the time replaces its functions in every module that holds
them, whoever's it is, and knows them by identity: ours are those of a second copy of the module, which is listed
nowhere. Others exchange in C what the functions of `time` call, which is one for all copies: our monotonic clock is
`perf_counter`, which reads the same clock, and is left alone as it tells no time of the day.
"""

from __future__ import annotations

import _imp
import _io
import _signal
import _thread
import builtins
import os
import select as _select
import sys
import time as _time
from _frozen_importlib import BuiltinImporter, ModuleSpec

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

allocate_lock = _thread.allocate_lock
get_ident = _thread.get_ident
get_native_id = _thread.get_native_id
interrupt_main: Any = _thread.interrupt_main
rlock = _thread.RLock
set_sentinel: Any = getattr(_thread, "_set_sentinel", None)
stack_size = _thread.stack_size
start_new_thread = _thread.start_new_thread
thread_error = _thread.error

_loader: Any = BuiltinImporter
_clocks: Any = _imp.create_builtin(ModuleSpec("time", _loader))
_imp.exec_builtin(_clocks)
clock_getres: Callable[[int], float] = _clocks.clock_getres
clock_gettime: Callable[[int], float] = _clocks.clock_gettime
clock_gettime_ns: Callable[[int], int] = _clocks.clock_gettime_ns
localtime = _clocks.localtime
monotonic: Callable[[], float] = _clocks.perf_counter
process_time_ns = _clocks.process_time_ns
strftime = _clocks.strftime
thread_time = _clocks.thread_time
thread_time_ns = _clocks.thread_time_ns
time = _clocks.time
time_ns = _clocks.time_ns
pthread_getcpuclockid = _time.pthread_getcpuclockid
sleep = _time.sleep

close = os.close
listdir = os.listdir
getpid = os.getpid
getuid = os.getuid
kill = os.kill
closerange = os.closerange
fork = os.fork
forkpty = os.forkpty
dup2 = os.dup2
read = os.read
write = os.write
sendfile = os.sendfile
readv = os.readv
writev = os.writev
pread = os.pread
lseek = os.lseek
preadv = os.preadv
pwritev = os.pwritev
open_fd = os.open
stat = os.stat
fstat = os.fstat
get_blocking = os.get_blocking
system = os.system
lockf = os.lockf
allocate = os.posix_fallocate
eventfd_read: Any = getattr(os, "eventfd_read", None)
splice: Any = getattr(os, "splice", None)
waitpid = os.waitpid
wait3 = os.wait3
wait4 = os.wait4
waitid = os.waitid
exit_now = os._exit
execv = os.execv
execve = os.execve
getpriority = os.getpriority
setpriority = os.setpriority
nice = os.nice
sched_getaffinity = os.sched_getaffinity
sched_setaffinity = os.sched_setaffinity
sched_getscheduler: Any = getattr(os, "sched_getscheduler", None)  # none of these with musl
sched_setscheduler: Any = getattr(os, "sched_setscheduler", None)
sched_getparam: Any = getattr(os, "sched_getparam", None)
sched_setparam: Any = getattr(os, "sched_setparam", None)
sched_rr_get_interval: Any = getattr(os, "sched_rr_get_interval", None)
setns: Any = getattr(os, "setns", None)
unshare: Any = getattr(os, "unshare", None)

epoll: Any = getattr(_select, "epoll", None)
poll = _select.poll
select = _select.select

open_file: Any = _io.open
input_line: Any = builtins.input

getsignal = _signal.getsignal
pthread_sigmask = _signal.pthread_sigmask
pthread_kill = _signal.pthread_kill
set_signal = _signal.signal
default_int_handler: Any = _signal.default_int_handler
pause = _signal.pause
raise_signal = _signal.raise_signal
sigpending = _signal.sigpending
sigtimedwait = _signal.sigtimedwait
sigwait = _signal.sigwait
sigwaitinfo = _signal.sigwaitinfo
struct_siginfo = _signal.struct_siginfo
valid_signals = _signal.valid_signals
set_wakeup_fd = _signal.set_wakeup_fd

getprofile = sys.getprofile
gettrace = sys.gettrace
setprofile = sys.setprofile
settrace = sys.settrace
current_frames = sys._current_frames
current_exceptions = sys._current_exceptions
