"""Options and OCORO_... variables amount to settings; what they cannot mean is refused."""

import pytest

from ocoro.cli.errors import UsageError
from ocoro.cli.options import OPTIONS, settings


def as_dict(given=(), environment=None):
    return vars(settings(given, environment or {}))


DEFAULTS = {
    "report": "auto",
    "no_hook": [],
    "offload": [],
    "real_threads": False,
    "python": None,
    "follow": False,
    "slice": 10.0,
    "preempt": True,
    "stall": 100.0,
    "rescue": "auto",
    "on_deadlock": "warn",
    "dump_signal": "",
    "record": True,
    "output": "",
    "events": 256 << 10,
    "tracer": "",
    "tracing": "",
}


def test_defaults_without_any_option():
    assert as_dict() == DEFAULTS


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("quiet", "")], {"report": "none"}),
        ([("report", "table")], {"report": "table"}),
        ([("quiet", ""), ("report", "line")], {"report": "line"}),
        ([("report", "line"), ("quiet", "")], {"report": "none"}),
        ([("no-hook", "time"), ("no-hook", "socket")], {"no_hook": ["time", "socket"]}),
        ([("no-hook", "time.sleep")], {"no_hook": ["time.sleep"]}),
        ([("offload", "a.b"), ("offload", "a.b.c")], {"offload": ["a.b", "a.b.c"]}),
        ([("real-threads", ""), ("follow", "")], {"real_threads": True, "follow": True}),
        ([("python", "python3")], {"python": "python3"}),
        ([("slice", "2.5")], {"slice": 2.5}),
        ([("no-preempt", "")], {"preempt": False}),
        ([("no-preempt", ""), ("slice", "60000")], {"slice": 60000.0}),
        ([("slice", "1"), ("no-preempt", "")], {"slice": 1.0, "preempt": False}),
        ([("stall", "0")], {"stall": 0.0}),
        ([("rescue", "off")], {"rescue": "off"}),
        ([("on-deadlock", "abort")], {"on_deadlock": "abort"}),
        ([("dump-signal", "SIGQUIT")], {"dump_signal": "QUIT"}),
        ([("dump-signal", "usr1")], {"dump_signal": "USR1"}),
        ([("no-record", "")], {"record": False}),
        ([("output", "run.ocoro")], {"output": "run.ocoro"}),
        ([("no-record", ""), ("output", "run.ocoro")], {"output": "run.ocoro"}),
        ([("output", "run.ocoro"), ("no-record", "")], {"output": "run.ocoro", "record": False}),
        ([("trace", "")], {"events": 64 << 20}),
        ([("trace", "64k")], {"events": 64 << 10}),
        ([("trace", "100000")], {"events": 100000}),
        ([("trace", "3m")], {"events": 3 << 20}),
        ([("trace", "4G")], {"events": 4 << 30}),
    ],
)
def test_options_set_settings(given, expected):
    assert as_dict(given) == DEFAULTS | expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"OCORO_QUIET": "1"}, {"report": "none"}),
        ({"OCORO_QUIET": "0", "OCORO_REPORT": "line"}, {"report": "line"}),
        ({"OCORO_QUIET": "yes", "OCORO_REPORT": "line"}, {"report": "none"}),
        ({"OCORO_REPORT": ""}, {}),
        ({"OCORO_NO_HOOK": "time, socket"}, {"no_hook": ["time", "socket"]}),
        ({"OCORO_OFFLOAD": "a.b, a.b.c"}, {"offload": ["a.b", "a.b.c"]}),
        ({"OCORO_REAL_THREADS": "True", "OCORO_FOLLOW": "on"}, {"real_threads": True, "follow": True}),
        ({"OCORO_FOLLOW": "off"}, {}),
        ({"OCORO_PYTHON": "python3"}, {"python": "python3"}),
        ({"OCORO_SLICE": "20"}, {"slice": 20.0}),
        ({"OCORO_SLICE": "20", "OCORO_NO_PREEMPT": "1"}, {"slice": 20.0, "preempt": False}),
        ({"OCORO_STALL": "1e3", "OCORO_ON_DEADLOCK": "ignore"}, {"stall": 1000.0, "on_deadlock": "ignore"}),
        ({"OCORO_DUMP_SIGNAL": "USR2"}, {"dump_signal": "USR2"}),
        ({"OCORO_NO_RECORD": "1"}, {"record": False}),
        ({"OCORO_OUTPUT": "run.ocoro"}, {"output": "run.ocoro"}),
        ({"OCORO_OUTPUT": ""}, {}),
        ({"OCORO_OUTPUT": "run.ocoro", "OCORO_NO_RECORD": "1"}, {"output": "run.ocoro", "record": False}),
        ({"OCORO_TRACE": "1"}, {"events": 64 << 20}),
        ({"OCORO_TRACE": "off"}, {}),
        ({"OCORO_TRACE": "1M"}, {"events": 1 << 20}),
        ({"OCORO_VERSION": "1", "OCORO_HELP": "1", "": "x"}, {}),
    ],
)
def test_variables_set_settings(environment, expected):
    assert as_dict(environment=environment) == DEFAULTS | expected


def test_command_line_wins_over_environment():
    environment = {"OCORO_QUIET": "1", "OCORO_NO_HOOK": "time,socket", "OCORO_PYTHON": "a"}
    given = [("report", "line"), ("no-hook", "select"), ("python", "b")]
    assert as_dict(given, environment) == DEFAULTS | {"report": "line", "no_hook": ["select"], "python": "b"}
    assert as_dict([("offload", "a.b")], {"OCORO_OFFLOAD": "c.d"}) == DEFAULTS | {"offload": ["a.b"]}
    environment = {"OCORO_NO_RECORD": "1", "OCORO_OUTPUT": "a", "OCORO_TRACE": "1M"}
    given = [("output", "b"), ("trace", "2M")]
    assert as_dict(given, environment) == DEFAULTS | {"output": "b", "events": 2 << 20}


@pytest.mark.parametrize(
    ("given", "environment", "error"),
    [
        ([("report", "xml")], {}, "--report: unknown value 'xml'"),
        ([("report", "")], {}, "--report: unknown value ''"),
        ([], {"OCORO_REPORT": "xml"}, "OCORO_REPORT: unknown value 'xml'"),
        *(
            ([("trace", size)], {}, f"--trace: unknown size {size!r}")
            for size in ("many", "63k", "5G", "-1M", "1.5M", "1T", "M", " ", "\u0661M", "9" * 40)
        ),
        ([], {"OCORO_TRACE": "2"}, "OCORO_TRACE: unknown size '2'"),
        ([], {"OCORO_NO_RECORD": "maybe"}, "OCORO_NO_RECORD: unknown value 'maybe'"),
        ([], {"OCORO_FOLLOW": "maybe"}, "OCORO_FOLLOW: unknown value 'maybe'"),
        ([("output", "")], {}, "--output: the name is empty"),
        ([], {"OCORO_OUTPUT": " "}, "OCORO_OUTPUT: the name is empty"),
        ([("slice", "0.9")], {}, "--slice: unknown time '0.9'"),
        ([("slice", "60001")], {}, "--slice: unknown time '60001'"),
        ([("slice", "nan")], {}, "--slice: unknown time 'nan'"),
        ([("stall", "-1")], {}, "--stall: unknown time '-1'"),
        ([("on-deadlock", "")], {}, "--on-deadlock: unknown value ''"),
        ([("dump-signal", "KILL")], {}, "--dump-signal: unknown value 'KILL'"),
        ([], {"OCORO_SLICE": "10ms"}, "OCORO_SLICE: unknown time '10ms'"),
        ([("no-hook", "tiem")], {}, "--no-hook: there is no hook 'tiem'"),
        ([("no-hook", "time.slep")], {}, "--no-hook: there is no hook 'time.slep'"),
        ([("no-hook", "time.")], {}, "--no-hook: there is no hook 'time.'"),
        ([("no-hook", ".")], {}, "--no-hook: there is no hook '.'"),
        *(
            ([("offload", name)], {}, f"--offload: there is no function {name!r}")
            for name in ("", "a", ".a", "a.", "a.b c")
        ),
        ([("offload", "time.sleep")], {}, "--offload: time.sleep is hooked"),
        ([], {"OCORO_OFFLOAD": "a.b,zlib.compress"}, "OCORO_OFFLOAD: zlib.compress is hooked"),
        ([], {"OCORO_NO_HOOK": "time,,select"}, "OCORO_NO_HOOK: there is no hook ''"),
    ],
)
def test_unknown_values_are_refused(given, environment, error):
    with pytest.raises(UsageError) as caught:
        settings(given, environment)
    assert caught.value.lines[0] == error


def test_hint_lists_what_can_stay_unhooked():
    with pytest.raises(UsageError) as caught:
        settings([("no-hook", "tiem")], {})
    assert {"threading", "time"} <= set(caught.value.lines[2].removeprefix("the hooked modules are ").split(", "))


def test_hint_lists_the_hooked_functions_of_a_module():
    with pytest.raises(UsageError) as caught:
        settings([("no-hook", "time.slep")], {})
    assert caught.value.lines[2].startswith("of time one can name clock_getres, clock_gettime, ")
    assert caught.value.lines[2].endswith(", sleep, thread_time, thread_time_ns")


def test_error_is_three_lines_whatever_it_quotes():
    text = str(UsageError("a\nb", "c\r\n\td", "e"))
    assert text == "error: a b\ncause: c d\nhint: e"


def test_every_variable_is_named_after_its_option():
    variables = [option.variable for option in OPTIONS if option.variable]
    assert variables == [
        "OCORO_QUIET",
        "OCORO_REPORT",
        "OCORO_NO_HOOK",
        "OCORO_OFFLOAD",
        "OCORO_REAL_THREADS",
        "OCORO_PYTHON",
        "OCORO_FOLLOW",
        "OCORO_NO_PREEMPT",
        "OCORO_SLICE",
        "OCORO_STALL",
        "OCORO_RESCUE",
        "OCORO_ON_DEADLOCK",
        "OCORO_DUMP_SIGNAL",
        "OCORO_NO_RECORD",
        "OCORO_OUTPUT",
        "OCORO_TRACE",
    ]
