"""The options of `ocoro run`: one table, from which they are read, explained and compared with the man page.

Each can also be given by the environment, in a variable named after it: `--no-hook` by `OCORO_NO_HOOK`. The command
line wins over the environment, and of two options that contradict each other the later one wins.
"""

from __future__ import annotations

from ocoro.cli.errors import UsageError
from ocoro.hooks.variable import DEADLOCKS, LONGEST, REPORTS, RESCUES, SIGNALS
from ocoro.runtime.layout import EVENTS_SIZE, LEAST_EVENTS, MOST_EVENTS

TYPE_CHECKING = False  # typing itself is not worth its import time here
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TRACE = "64M"
SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
SLICE, STALL = 10, 100  # ms
NAN = float("nan")
YES = ("1", "true", "yes", "on")
NO = ("0", "false", "no", "off")


class Option:
    """A long option. It takes a value when it has a metavar, may be repeated, and may have no variable or a letter."""

    def __init__(
        self,
        name: str,
        text: str,
        metavar: str = "",
        repeatable: bool = False,
        has_variable: bool = True,
        optional: bool = False,
        letter: str = "",
    ) -> None:
        self.name = name
        self.text = text
        self.metavar = metavar
        self.repeatable = repeatable
        self.optional = optional  # the value may be left out; it has to be attached with "="
        self.letter = letter  # of its short form, where there is one
        self.variable = "OCORO_" + name.upper().replace("-", "_") if has_variable else ""


OPTIONS = (
    Option("quiet", "Print no report; the same as --report=none."),
    Option("report", "How to report: auto is a table on a terminal and else one line.", "|".join(REPORTS)),
    Option("no-hook", "Leave a module or a function unhooked, such as ssl or time.sleep.", "NAME", repeatable=True),
    Option("offload", "Make the calls of a function in a real thread each.", "MODULE.FUNCTION", repeatable=True),
    Option("real-threads", "Leave threads real; only what the main thread calls is hooked."),
    Option("python", "Run under this interpreter, which must have ocoro installed.", "EXE"),
    Option("follow", "Run Python programs that the program starts on coroutines, too."),
    Option("no-preempt", "Let a coroutine compute for as long as it likes; the others wait."),
    Option("slice", f"Preempt who computes for longer than this many milliseconds; by default {SLICE}.", "MS"),
    Option("stall", f"Tell of calls that hold the thread so many milliseconds; by default {STALL}, 0: none.", "MS"),
    Option("rescue", "Interrupt a call without a hook that waits while others could run.", "|".join(RESCUES)),
    Option("on-deadlock", "When nothing can wake anybody: warn and go on, or end with status 70.", "|".join(DEADLOCKS)),
    Option("dump-signal", "Print every coroutine with its stack when this signal comes, such as QUIT.", "NAME"),
    Option("no-record", "Do not record the run; 'ocoro stats' and 'ocoro trace' then know nothing of it."),
    Option("output", "Record into this file instead of a new one in the folder of all runs.", "FILE", letter="o"),
    Option("trace", "Keep more of what happened: by default 64M of events.", "SIZE", optional=True),
    Option("version", "Print ocoro's version and exit.", has_variable=False),
    Option("help", "Print this text and exit.", has_variable=False),
)
BY_LETTER = {option.letter: option for option in OPTIONS if option.letter}
BY_NAME = {option.name: option for option in OPTIONS}


class Settings:
    """What the options amount to."""

    def __init__(self) -> None:
        self.report = "auto"
        self.no_hook: list[str] = []
        self.offload: list[str] = []
        self.real_threads = False
        self.python: str | None = None
        self.follow = False
        self.slice = float(SLICE)  # ms
        self.preempt = True
        self.stall = float(STALL)  # ms, 0 for never
        self.rescue = "auto"
        self.on_deadlock = "warn"
        self.dump_signal = ""  # one of SIGNALS
        self.record = True
        self.output = ""  # path of the recording; empty: a new one among all runs
        self.events = EVENTS_SIZE  # bytes of the flight recorder
        self.tracer = ""  # "module:function" that boot calls, with `tracing`; set by `ocoro trace`
        self.tracing = ""


def settings(given: Iterable[tuple[str, str]], environment: Mapping[str, str]) -> Settings:
    """Combine options, as (name, value) in the order given, with the environment.

    UsageError for a value that an option does not take.
    """
    result = Settings()
    for option in reversed(OPTIONS):  # OCORO_QUIET after OCORO_REPORT: it wins
        value = option.variable and environment.get(option.variable)
        if value:
            _set_from_environment(result, option, value)
    given = list(given)
    for name in {name for name, _ in given} & {"no-hook", "offload"}:
        setattr(result, name.replace("-", "_"), [])
    for name, value in given:
        _set(result, name, value, f"--{name}")
    return result


def _set_from_environment(result: Settings, option: Option, value: str) -> None:
    if option.optional and value.lower() in YES + NO:
        if value.lower() in YES:
            _set(result, option.name, "", option.variable)
    elif option.metavar:
        for part in value.split(",") if option.repeatable else [value]:
            _set(result, option.name, part.strip(), option.variable)
    elif value.lower() in YES:
        _set(result, option.name, "", option.variable)
    elif value.lower() not in NO:
        raise _unknown_value(option.variable, value, YES + NO)


def _set(result: Settings, name: str, value: str, source: str) -> None:
    if name == "quiet":
        result.report = "none"
    elif name == "report":
        if value not in REPORTS:
            raise _unknown_value(source, value, REPORTS)
        result.report = value
    elif name == "no-hook":
        check_hook(value, source)
        result.no_hook.append(value)
    elif name == "offload":
        check_function(value, source)
        result.offload.append(value)
    elif name == "python":
        result.python = value
    elif name == "slice":
        result.slice = milliseconds(value, source, least=1)
        result.preempt = True
    elif name == "stall":
        result.stall = milliseconds(value, source, least=0)
    elif name == "rescue":
        if value not in RESCUES:
            raise _unknown_value(source, value, RESCUES)
        result.rescue = value
    elif name == "on-deadlock":
        if value not in DEADLOCKS:
            raise _unknown_value(source, value, DEADLOCKS)
        result.on_deadlock = value
    elif name == "dump-signal":
        result.dump_signal = value.upper().removeprefix("SIG")
        if result.dump_signal not in SIGNALS:
            raise _unknown_value(source, value, SIGNALS)
    elif name == "no-preempt":
        result.preempt = False
    elif name == "no-record":
        result.record = False
    elif name == "output":
        if not value:
            raise UsageError(f"{source}: the name is empty", "it takes the path of a file", "such as run.ocoro")
        result.output = value
        result.record = True
    elif name == "trace":
        result.events = size(value or TRACE, source)
    else:
        setattr(result, name.replace("-", "_"), True)


def size(text: str, source: str) -> int:
    """Bytes: a number with k, M or G after it; UsageError unless it is from 64k to 4G."""
    number, unit = (text[:-1], text[-1:].lower()) if text[-1:].lower() in SIZES else (text, "")
    bytes_ = int(number) * SIZES[unit] if number.isascii() and number.isdigit() and len(number) < 12 else 0
    if not LEAST_EVENTS <= bytes_ <= MOST_EVENTS:
        raise UsageError(
            f"{source}: unknown size {text!r}",
            "it takes a number with k, M or G after it",
            "from 64k to 4G, such as 64M",
        )
    return bytes_


def milliseconds(text: str, source: str, least: int) -> float:
    """A time; UsageError unless it is from `least` to LONGEST."""
    try:
        time = float(text)
    except ValueError:
        time = NAN
    if not least <= time <= LONGEST:
        raise UsageError(
            f"{source}: unknown time {text!r}",
            f"it takes a number of milliseconds from {least} to {LONGEST}",
            "'ocoro run --help' explains the options",
        )
    return time


def check_function(name: str, source: str) -> None:
    """UsageError unless it has the form of a function's name with its module's, and is not hooked anyway."""
    from ocoro.hooks.table import KNOWN

    module, _, function = name.rpartition(".")
    if not module or not all(word.isidentifier() for word in name.split(".")):
        raise UsageError(
            f"{source}: there is no function {name!r}",
            "it takes the name of a module, a dot and the name of a function in it",
            "such as numpy.linalg.solve",
        )
    if module in KNOWN and function in replaced(module):
        raise UsageError(
            f"{source}: {name} is hooked", "it suspends its coroutine anyway", "name a function that is not hooked"
        )


def replaced(module: str) -> Iterable[str]:
    """The names in a hooked module that are replaced."""
    from ocoro.hooks.table import KNOWN

    names: Iterable[str] = __import__(f"ocoro.hooks.{KNOWN[module]}", fromlist=["REPLACES"]).REPLACES
    return names


def check_hook(name: str, source: str) -> None:
    """UsageError unless it is a hooked module, or a hooked function of one, such as `time.sleep`."""
    from ocoro.hooks.table import KNOWN

    if name in KNOWN:
        return
    words = name.split(".")
    modules = [".".join(words[:end]) for end in range(len(words) - 1, 0, -1)]
    module = next(filter(KNOWN.__contains__, modules), None)
    if module is None:
        raise _unknown_hook(name, source, f"the hooked modules are {', '.join(sorted(KNOWN))}")
    functions = replaced(module)
    if name.removeprefix(f"{module}.") not in functions:
        known = ", ".join(sorted(functions)) or "nothing but the whole"
        raise _unknown_hook(name, source, f"of {module} one can name {known}")


def _unknown_hook(name: str, source: str, hint: str) -> UsageError:
    return UsageError(
        f"{source}: there is no hook {name!r}", "it is neither a hooked module nor a hooked function of one", hint
    )


def _unknown_value(source: str, value: str, known: Iterable[str]) -> UsageError:
    return UsageError(
        f"{source}: unknown value {value!r}",
        f"it takes one of {', '.join(known)}",
        "'ocoro run --help' explains the options",
    )
