"""`--offload` of what can have no effect: refused where that is known beforehand, else told at the end of the run."""

import os

import pytest

from ocoro.cli.errors import UsageError
from ocoro.cli.offloadable import check

LIBRARY = """
class Kind:
    def method(self):
        pass

def function():
    pass
"""


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("__main__.work", "the program's own file is run, not imported, so its functions are not replaced"),
        ("no_such_module.work", "there is no module 'no_such_module', neither in {folder} nor installed"),
        ("json.decoder.lods", "json.decoder has no function 'lods'"),
        ("math.factoral", "math has no function 'factoral'; did you mean 'factorial'?"),
        ("math.pi", "math has no function 'pi'"),
        ("json.JSONDecoder", "it is a class: only functions are replaced"),
        ("json.JSONDecoder.decode", "json.JSONDecoder is a class: only functions of modules are replaced, not methods"),
        ("json.nothing.decode", "there is no module 'json.nothing'"),
    ],
)
def test_what_cannot_be_offloaded_is_refused(tmp_path, name, cause):
    with pytest.raises(UsageError) as caught:
        check(["math.factorial", name], str(tmp_path))
    assert caught.value.lines[:2] == (f"--offload: {name} cannot be offloaded", cause.format(folder=tmp_path))


@pytest.mark.parametrize(
    "name", ["math.factorial", "os.path.samefile", "click.echo", "this.x", "json.own", "own.any.f"]
)
def test_what_may_be_there_is_not_refused(tmp_path, name):
    """The program's own modules are not imported, whatever they are called; nor are those that do something then."""
    for own in ("json", "own"):
        (tmp_path / f"{own}.py").write_text("1 / 0")
    check([name], str(tmp_path))


@pytest.mark.parametrize("where", ["beside", "below"])
def test_own_modules_are_beside_the_script(ocoro, tmp_path, where):
    folder = tmp_path if where == "beside" else tmp_path / "below"
    folder.mkdir(exist_ok=True)
    (folder / "library.py").write_text(LIBRARY)
    (folder / "main.py").write_text("import library\nlibrary.function()")
    done = ocoro("--report=line", "--no-record", "--offload=library.function", str(folder / "main.py"), cwd=tmp_path)
    assert (done.err.count("\n"), done.status) == (1, 0)


def test_variable_may_name_what_one_program_has_not(ocoro, tmp_path):
    """It holds for all programs that are run."""
    env = dict(os.environ, OCORO_OFFLOAD="no_such_module.work")
    done = ocoro("--report=line", "--no-record", "-c", "pass", cwd=tmp_path, env=env)
    assert done.status == 0
    assert done.err.splitlines()[1:] == [
        "ocoro: --offload no_such_module.work had no effect: no module of that name was imported"
    ]


def test_what_had_no_effect_is_told_at_the_end(ocoro, tmp_path):
    (tmp_path / "library.py").write_text(LIBRARY)
    (tmp_path / "unused.py").write_text(LIBRARY)
    names = ("library.function", "library.Kind", "library.Kind.method", "library.absent", "unused.function")
    options = [f"--offload={name}" for name in names]
    done = ocoro("--report=line", "--no-record", *options, "-c", "import library", cwd=tmp_path)
    assert done.status == 0
    assert done.err.splitlines()[1:] == [
        "ocoro: --offload library.Kind had no effect: it is a class, and only functions are replaced",
        "ocoro: --offload library.Kind.method had no effect:"
        " library.Kind is a class, and only functions of modules are replaced",
        "ocoro: --offload library.absent had no effect: the module has no such function",
        "ocoro: --offload unused.function had no effect: no module of that name was imported",
    ]
