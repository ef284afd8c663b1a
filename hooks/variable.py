"""The boot variable: what the launcher tells boot. Whoever sets it by hand is held to what the launcher would say.

It holds fields NAME=VALUE with semicolons between them; in `program`, `record` and `tracing` %25 stands for % and %3b
for a semicolon. `record` is empty when nothing is to be recorded; the tracer, if any, is called with `tracing`. Fields
of other names are of another version, and are not looked at.
"""

from __future__ import annotations

from ocoro.runtime.errors import BootVariableError
from ocoro.runtime.layout import EVENTS_SIZE, LEAST_EVENTS, MOST_EVENTS

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without its import
if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[str], bool]

# Modules above this layer are named, not imported: these and no others.
REPORTER = "ocoro.cli.report:show"
NOTICES = "ocoro.cli.notices"
TRACER = "ocoro.cli.tracing.live:begin"
REPORTS = ("auto", "table", "line", "none")
RESCUES = ("auto", "off")
DEADLOCKS = ("warn", "abort", "ignore")
SIGNALS = ("QUIT", "USR1", "USR2", "IO", "PWR", "URG", "WINCH")  # no error of the program's raises them
LONGEST = 60_000  # ms
_QUOTED = ("program", "record", "tracing")


def _one_of(*known: str) -> Check:
    return known.__contains__


def _milliseconds(least: float) -> Check:
    def check(text: str) -> bool:
        try:
            return least <= float(text) <= LONGEST and "_" not in text
        except ValueError:
            return False

    return check


def _is_size(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) < 12
    return is_number and LEAST_EVENTS <= int(text) <= MOST_EVENTS


def _are_names(text: str) -> bool:
    return all(name.isidentifier() for names in filter(None, text.split(",")) for name in names.split("."))


def _is_any(text: str) -> bool:
    return True


_FLAG = _one_of("0", "1")
FIELDS: dict[str, tuple[str | None, Check]] = {  # what they are without being named, None: must be; what they can be
    "report": (None, _one_of(*REPORTS)),
    "no_hook": (None, _are_names),
    "offload": ("", _are_names),
    "real_threads": (None, _FLAG),
    "follow": (None, _FLAG),
    "slice": ("10", _milliseconds(1)),
    "preempt": ("1", _FLAG),
    "rescue": ("off", _one_of(*RESCUES)),
    "notices": ("", _one_of("", NOTICES)),
    "stall": ("0", _milliseconds(0)),
    "on_deadlock": ("ignore", _one_of(*DEADLOCKS)),
    "dump_signal": ("", _one_of("", *SIGNALS)),
    "reporter": (None, _one_of("", REPORTER)),
    "events": (str(EVENTS_SIZE), _is_size),
    "program": ("", _is_any),
    "record": ("", _is_any),
    "tracer": ("", _one_of("", TRACER)),
    "tracing": ("", _is_any),
}


def parsed(text: str) -> dict[str, str]:
    """The value of each field; BootVariableError for what the launcher does not say."""
    given: dict[str, str] = {}
    for field in text.split(";"):
        name, equals, value = field.partition("=")
        if not equals or name in given:
            raise BootVariableError(f"OCORO_BOOT has the field {name!r} {'twice' if equals else 'without a value'}")
        given[name] = value
    settings: dict[str, str] = {}
    for name, (default, check) in FIELDS.items():
        chosen = given.get(name, default)
        if chosen is None:
            raise BootVariableError(f"OCORO_BOOT has no field {name!r}")
        if not check(chosen):
            raise BootVariableError(f"OCORO_BOOT has {name}={chosen!r}, which is no value of it")
        settings[name] = _unquoted(chosen) if name in _QUOTED else chosen
    return settings


def _unquoted(text: str) -> str:
    return text.replace("%3b", ";").replace("%25", "%")
