"""ocoro runs unmodified, blocking, threaded Python programs on coroutines.

`ocoro run` needs no import. What is here is for programs that want more than threads give, under `ocoro run` or
without. Everything is imported when it is first used.
"""

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from ocoro.hooks.manual import install as install
    from ocoro.hooks.manual import uninstall as uninstall
    from ocoro.runtime.api.calls import coroutines as coroutines
    from ocoro.runtime.api.calls import current as current
    from ocoro.runtime.api.calls import offload as offload
    from ocoro.runtime.api.calls import sleep as sleep
    from ocoro.runtime.api.calls import spawn as spawn
    from ocoro.runtime.api.calls import yield_now as yield_now
    from ocoro.runtime.api.coroutine import Coroutine as Coroutine
    from ocoro.runtime.api.jobs import Job as Job
    from ocoro.runtime.api.jobs import Pool as Pool
    from ocoro.runtime.api.listeners import Change as Change
    from ocoro.runtime.api.listeners import add_listener as add_listener
    from ocoro.runtime.api.listeners import remove_listener as remove_listener
    from ocoro.runtime.api.promise import wait_all as wait_all
    from ocoro.runtime.api.promise import wait_any as wait_any
    from ocoro.runtime.api.states import State as State
    from ocoro.runtime.api.timeout import timeout as timeout
    from ocoro.runtime.errors import Cancelled as Cancelled
    from ocoro.runtime.local import Local as local  # noqa: F401

__version__ = "0.1.0"

_HOMES = {
    "Cancelled": "runtime.errors",
    "Change": "runtime.api.listeners",
    "Coroutine": "runtime.api.coroutine",
    "Job": "runtime.api.jobs",
    "Pool": "runtime.api.jobs",
    "State": "runtime.api.states",
    "add_listener": "runtime.api.listeners",
    "coroutines": "runtime.api.calls",
    "current": "runtime.api.calls",
    "install": "hooks.manual",
    "local": "runtime.local",
    "offload": "runtime.api.calls",
    "remove_listener": "runtime.api.listeners",
    "sleep": "runtime.api.calls",
    "spawn": "runtime.api.calls",
    "timeout": "runtime.api.timeout",
    "uninstall": "hooks.manual",
    "wait_all": "runtime.api.promise",
    "wait_any": "runtime.api.promise",
    "yield_now": "runtime.api.calls",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ocoro.runtime.library import load

    load("ocoro.runtime.api.calls")  # begins, on the thread that is here first
    module = load(f"{__name__}.{_HOMES[name]}")
    value: object = getattr(module, "Local" if name == "local" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
