"""What pyproject.toml cannot say: the parts in C, and how an editable install looks.

The parts in C are optional: where they cannot be built, ocoro does without them.

An editable install exposes the package `ocoro` and nothing else of this folder, whose `cli`, `hooks`, `runtime` and
`tests` would shadow a user's own modules of these names. So the folder that it puts on `sys.path` holds one link, to
`ocoro`. (An import hook, setuptools' other way, would cost every start of the interpreter several milliseconds.)

It carries the start-up files. setuptools leaves data files out of editable wheels.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import Extension, setup
from setuptools.command.editable_wheel import editable_wheel

EXPOSED = Path("build", "editable")
HEADERS = ["runtime/fast.h", "runtime/fast_inside.h"]
START_FILES = ("ocoro.pth", "ocoro.start")


class EditableWheel(editable_wheel):
    def finalize_options(self) -> None:
        EXPOSED.mkdir(parents=True, exist_ok=True)
        link(EXPOSED / "ocoro", "../../ocoro")
        for part in ("cli", "hooks", "runtime"):  # committed, but a source distribution carries no links
            link(Path("ocoro", part), f"../{part}")
        self.distribution.package_dir = {"": str(EXPOSED)}
        super().finalize_options()

    def run(self) -> None:
        super().run()
        for wheel in Path(self.dist_dir).glob("*.whl"):
            add_start_files(wheel)


def link(path: Path, target: str) -> None:
    if not path.exists():
        path.symlink_to(target, target_is_directory=True)


def add_start_files(wheel: Path) -> None:
    from wheel.wheelfile import WheelFile  # setuptools brings it

    with TemporaryDirectory() as unpacked:
        with WheelFile(wheel) as old:
            old.extractall(unpacked)
        for name in START_FILES:
            shutil.copy(name, unpacked)
        with WheelFile(wheel, "w") as new:
            new.write_files(unpacked)


def in_c(name: str, *sources: str) -> Extension:
    greenlet = find_spec("greenlet")
    headers = [] if greenlet is None or greenlet.origin is None else [str(Path(greenlet.origin).parents[1])]
    return Extension(name, list(sources), include_dirs=headers, depends=HEADERS, optional=True)


setup(
    cmdclass={"editable_wheel": EditableWheel},
    ext_modules=[
        in_c("ocoro.runtime.fast", *sorted(str(each) for each in Path("runtime").glob("fast*.c"))),
        in_c("ocoro.hooks.fast", *sorted(str(each) for each in Path("hooks").glob("fast*.c"))),
    ],
)
