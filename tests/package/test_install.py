"""What an install puts where, regular and editable, each into an empty virtual environment.

Nothing is fetched: setuptools and the dependencies are those of the environment that runs the tests.
"""

import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
SHADOWS = ("cli", "hooks", "runtime", "tests")
NOT_SOURCE = ("*.so", ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__", ".*_cache")
OVERLAP = """
import threading, time
threads = [threading.Thread(target=time.sleep, args=(0.05,)) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print("slept")
"""


@dataclass(frozen=True)
class Environment:
    """A virtual environment, and the source tree that was installed there."""

    home: Path
    source: Path

    @property
    def python(self):
        return str(self.home / "bin" / "python")

    @property
    def site(self):
        base = str(self.home)
        return Path(sysconfig.get_path("purelib", "venv", {"base": base, "platbase": base}))

    def run(self, *command):
        """The output; from the environment's own folder, as from anywhere outside the source tree."""
        done = subprocess.run(command, cwd=self.home, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def pip(self, *arguments):
        self.run(sys.executable, "-m", "pip", "--python", self.python, *arguments)

    def files(self):
        """Those of ocoro, from the environment's folder, byte code left out."""
        paths = (path.relative_to(self.home) for path in self.home.rglob("*ocoro*"))
        return {str(path) for path in paths if "__pycache__" not in path.parts and len(path.parts) < 6}


def environment(folder, requirements):
    """An empty virtual environment that sees the requirements and what they require."""
    source = shutil.copytree(ROOT, folder / "source", symlinks=True, ignore=shutil.ignore_patterns(*NOT_SOURCE))
    made = Environment(folder / "environment", source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made.home], check=True, timeout=120)
    for name in closure(requirements):
        tops = {file.parts[0] for file in distribution(name).files}
        for top in tops - {"..", "__pycache__", "distutils-precedence.pth"}:
            (made.site / top).symlink_to(distribution(name).locate_file(top))
    return made


def closure(requirements):
    """The names of the distributions that are required, and of those that these require."""
    names = []
    wanted = [Requirement(each) for each in requirements]
    for each in wanted:
        if each.name not in names and (each.marker is None or each.marker.evaluate({"extra": ""})):
            names.append(each.name)
            wanted += map(Requirement, distribution(each.name).requires or ())
    return names


def own_requirements():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


@pytest.fixture(scope="module")
def regular(tmp_path_factory):
    """An environment with ocoro installed from a wheel."""
    made = environment(tmp_path_factory.mktemp("regular"), own_requirements())
    wheels = made.source.parent / "wheels"
    offline = ["--quiet", "--no-index", "--no-deps"]
    build = [sys.executable, "-m", "pip", "wheel", *offline, "--no-build-isolation", "-w", wheels, made.source]
    done = subprocess.run(build, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    made.pip("install", *offline, *map(str, wheels.iterdir()))
    return made


@pytest.fixture(scope="module")
def editable(tmp_path_factory):
    """An environment with a copy of the source tree installed for hacking."""
    made = environment(tmp_path_factory.mktemp("editable"), [*own_requirements(), "setuptools"])
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    made.pip("install", *options, "-e", str(made.source))
    return made


@pytest.fixture(params=["regular", "editable"])
def installed(request):
    """Either of the two."""
    return request.getfixturevalue(request.param)


def test_start_files_are_at_the_root_of_site_packages(installed):
    for name in ("ocoro.pth", "ocoro.start"):
        assert (installed.site / name).read_text() == (ROOT / name).read_text()


@pytest.mark.parametrize("name", SHADOWS)
def test_names_of_users_are_not_taken(installed, name):
    found = installed.run(installed.python, "-c", f"from importlib.util import find_spec; print(find_spec({name!r}))")
    assert found.stdout == "None\n"


def test_plain_python_loads_nothing_of_ocoro(installed):
    show = "import sys; print([name for name in sys.modules if 'ocoro' in name])"
    assert installed.run(installed.python, "-c", show).stdout == "[]\n"


def test_plain_python_finds_modules_as_it_always_did(installed):
    show = "import sys; print(sys.meta_path, sys.path_hooks[:1], [path for path in sys.path if path not in sys.argv])"
    added = [str(installed.site), str(installed.source / "build" / "editable")]
    bare = installed.run(installed.python, "-S", "-c", show, *added)
    assert installed.run(installed.python, "-c", show, *added).stdout == bare.stdout


def test_console_script_runs_a_program_on_coroutines(installed):
    done = installed.run(str(installed.home / "bin" / "ocoro"), "run", "--report=line", "-c", OVERLAP)
    assert done.stdout == "slept\n"
    assert "coroutines 21 (most at once 21)" in done.stderr


def test_module_runs_a_program_on_coroutines(installed):
    done = installed.run(installed.python, "-m", "ocoro", "run", "--report=line", "-c", OVERLAP)
    assert done.stdout == "slept\n"
    assert "coroutines 21 (most at once 21)" in done.stderr


IS_ACCELERATED = "from ocoro.hooks.acceleration import fast; print(fast is not None)"


def test_parts_in_c_are_built(installed):
    assert installed.run(installed.python, "-c", IS_ACCELERATED).stdout == "True\n"


def test_parts_in_c_may_be_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", "/bin/false")
    bare = environment(tmp_path, [*own_requirements(), "setuptools"])
    bare.pip("install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", str(bare.source))
    assert bare.run(bare.python, "-c", IS_ACCELERATED).stdout == "False\n"
    done = bare.run(str(bare.home / "bin" / "ocoro"), "run", "--report=line", "-c", OVERLAP)
    assert (done.stdout, "coroutines 21 (most at once 21)" in done.stderr) == ("slept\n", True)


def test_package_holds_every_source_file(regular):
    for folder, target in (("ocoro", ""), ("cli", "cli"), ("hooks", "hooks"), ("runtime", "runtime")):
        assert source_files(regular.site / "ocoro" / target) >= source_files(ROOT / folder)


def source_files(folder):
    """The files of a package and of the packages in it that are read at run time, by their paths in the folder."""
    kinds = (".py", ".typed", ".html", ".css", ".js")
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix in kinds)
    return {str(path) for path in found if path.parts[0] not in ("cli", "hooks", "runtime")}


def test_man_pages_are_where_man_looks(regular):
    for section in ("1", "5"):
        pages = {path.name: path.read_text() for path in (ROOT / "man").glob(f"*.{section}")}
        installed = (regular.home / "share" / "man" / f"man{section}").iterdir()
        assert {path.name: path.read_text() for path in installed} == pages


def test_edited_file_takes_effect(editable):
    version = editable.source / "ocoro" / "__init__.py"
    version.write_text(version.read_text() + "\n__version__ = 'edited'\n")
    (editable.source / "runtime" / "novelty.py").write_text("print('new')\n")
    assert editable.run(editable.python, "-m", "ocoro", "--version").stdout == "ocoro edited\n"
    assert editable.run(editable.python, "-c", "import ocoro.runtime.novelty").stdout == "new\n"


def test_editable_install_adds_one_folder_with_one_entry(editable):
    show = "import sys; print(*(path for path in sys.path if sys.argv[1] in path), sep='\\n')"
    added = editable.run(editable.python, "-c", show, str(editable.source)).stdout.split("\n")[:-1]
    assert [[entry.name for entry in Path(path).iterdir()] for path in added] == [["ocoro"]]


def test_uninstalling_leaves_nothing(tmp_path_factory, regular):
    assert regular.files()
    regular.pip("uninstall", "--quiet", "-y", "ocoro")
    assert regular.files() == set()
