"""Which module is patched by which file of this folder. Data only.

A private C module stands before the public one that re-exports it: patching `_thread` also serves importlib's own
locks, which look its functions up by attribute.
"""

HOOKS: dict[str, str] = {
    "_thread": "thread",
    "threading": "threading",
    "_imp": "imports",
    "time": "time",
    "sys": "sys",
    "faulthandler": "faulthandler",
    "_signal": "signal",
    "posix": "os",
    "fcntl": "fcntl",
    "_io": "io",
    "builtins": "builtins",
    "readline": "readline",
    "_queue": "queue",
    "queue": "queue",
    "_socket": "resolver",
    "socket": "socket",
    "ssl": "ssl",
    "select": "select",
    "selectors": "selectors",
    "asyncio.events": "asyncio",
    "multiprocessing.synchronize": "multiprocessing",
    "zlib": "zlib",
    "bz2": "bz2",
    "lzma": "lzma",
    "_hashlib": "hashlib",
    "ctypes": "ctypes",
    "resource": "resource",
    "_sqlite3": "sqlite3",
}

# The same for modules that are not the standard library's.
THIRD_PARTY: dict[str, str] = {
    "uvloop": "uvloop",
    "zmq.backend.cython._zmq": "zmq",
    "zmq.sugar.socket": "zmqsocket",
    "zmq.sugar.context": "zmqsocket",
}
KNOWN = HOOKS | THIRD_PARTY

# Modules in C that trace or profile, and set themselves in a thread's state.
TRACERS = (
    "_lsprof",
    "_yappi",
    "coverage.tracer",
    "hunter._tracer",
    "line_profiler._line_profiler",
    "pyinstrument.low_level.stat_profile",
    "viztracer.snaptrace",
)

# Modules whose threads stay real ones (see `real`), and why. They are known by a thread's class, or by its function's
# module, or by that of who starts it.
REAL_THREADS: dict[str, str] = {
    "cassandra.io.libevreactor": "runs libev's loop, in C",
    "gevent._monitor": "watches gevent's loop, which waits in libev or libuv",
    "gevent.threadpool": "serves gevent's loop, which waits in libev or libuv",
    "ipykernel.heartbeat": "runs zmq.proxy, in C, for ever",
    "zmq.devices.basedevice": "runs zmq.proxy, in C, for ever",
    "zmq.utils.garbage": "waits in libzmq, for ever",
}
