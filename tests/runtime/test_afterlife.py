"""What stays of ours when the interpreter is finalised; the guest exit_late_destructors has what is called then."""

import pytest

LATE = """
import os, sys
class Late:
    def __del__(self, write=os.write, text=repr, modules=dict(sys.modules)):
        frames, builtin = modules["ocoro.runtime.frames"], modules["builtins"]
        write(1, f"{text(frames.__name__)} {text(builtin.__name__)} {text(frames.bool)}\\n".encode())
"""


@pytest.mark.parametrize("begin", ["import ocoro; ocoro.install()", "import ocoro; ocoro.sleep(0)"])
def test_modules_outlive_the_others(python, begin):
    done = python("-c", f"{begin}\nimport ocoro.runtime.frames, builtins{LATE}sys.late = Late()")
    assert (done.out, done.err) == ("'ocoro.runtime.frames' 'builtins' <class 'bool'>\n", "")


def test_modules_can_still_be_imported(ocoro):
    code = """
import sys
def look():
    from ocoro.runtime import frames
    import ocoro.runtime.lock as lock
    print(frames.__name__, lock.__name__, type(sys.modules[lock.__name__]).__name__)
from ocoro.runtime import afterlife
afterlife.keep()
afterlife.keep()
look()
"""
    assert ocoro("--quiet", "-c", code).out == "ocoro.runtime.frames ocoro.runtime.lock Kept\n"


def test_what_a_program_put_into_a_module_is_destroyed(python, ocoro):
    """Keeping what our code needs of a module must not keep that alive."""
    code = """
import builtins, os, select, stat, sys, time
class Late:
    def __init__(self, name): self.name = name
    def __del__(self, write=os.write): write(1, f"{self.name}\\n".encode())
    def method(self): pass
for module in builtins, os, select, stat, sys, time:
    module.late, module.bound, module.listed = Late(module.__name__), Late("bound").method, [Late("list")].append
"""
    plain, done = python("-c", code), ocoro("--quiet", "-c", code)
    assert sorted(done.out.split()) == sorted(plain.out.split())
    assert done.err == plain.err == ""
