"""The finder patches modules of the table after their own loader ran them, and leaves no trace of itself."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader

import pytest

from ocoro.hooks import importer
from ocoro.hooks.importer import Finder


@pytest.fixture
def patched(tmp_path, monkeypatch):
    """The modules patched so far; `sample` is in the table and `unlisted` is not."""
    (tmp_path / "sample.py").write_text("loader = __loader__, __spec__.loader\nvalue = 1\n")
    (tmp_path / "unlisted.py").write_text("value = 1\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    patched = []
    monkeypatch.setattr(importer, "HOOKS", {"sample": "sample", "broken": "sample", "absent": "sample"})
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [Finder(patched.append), *sys.meta_path])
    yield patched
    for name in ("sample", "unlisted", "broken"):
        sys.modules.pop(name, None)


def test_module_in_the_table_is_patched(patched):
    module = importlib.import_module("sample")
    assert patched == [module]
    assert module.value == 1


def test_module_not_in_the_table_is_untouched(patched):
    module = importlib.import_module("unlisted")
    assert patched == []
    assert type(module.__loader__) is type(module.__spec__.loader) is SourceFileLoader


def test_finder_has_nothing_for_other_names():
    assert Finder(print).find_spec("unlisted") is None


def test_missing_module_is_missing(patched):
    with pytest.raises(ModuleNotFoundError, match="No module named 'absent'"):
        importlib.import_module("absent")


def test_loader_is_the_real_one(patched):
    module = importlib.import_module("sample")
    assert type(module.__loader__) is type(module.__spec__.loader) is SourceFileLoader
    assert module.__spec__.origin == module.__file__


def test_module_sees_its_real_loader(patched):
    assert {type(loader) for loader in importlib.import_module("sample").loader} == {SourceFileLoader}


def test_reload_patches_again(patched):
    module = importlib.import_module("sample")
    module.value = 2
    assert importlib.reload(module) is module
    assert module.value == 1
    assert patched == [module, module]
    assert type(module.__loader__) is SourceFileLoader


def test_error_of_module_is_its_own(patched):
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("broken")
    assert patched == []
    assert "broken" not in sys.modules


def test_found_spec_answers_like_the_real_one(patched):
    spec = importlib.util.find_spec("sample")
    assert spec.loader.get_source("sample").startswith("loader")
    assert spec.loader.is_package("sample") is False
    assert spec.loader.path.endswith("sample.py")


def test_old_finders_do_no_harm(patched):
    """Some finders have no find_spec, some return specs without a loader."""
    sys.meta_path.insert(1, object())
    importlib.import_module("sample")
    assert len(patched) == 1


def test_namespace_package_has_no_loader_to_patch(patched, monkeypatch):
    class Spaces:
        @staticmethod
        def find_spec(name, path=None, target=None):
            return ModuleSpec(name, None, is_package=True) if name == "absent" else None

    sys.meta_path.insert(1, Spaces)
    assert Finder(print).find_spec("absent").loader is None


def test_later_finders_keep_their_turn(patched):
    asked = []

    class Asked:
        @staticmethod
        def find_spec(name, path=None, target=None):
            asked.append(name)
            return PathFinder.find_spec(name, path, target) if name == "sample" else None

    sys.meta_path.insert(1, Asked)
    importlib.import_module("sample")
    assert asked == ["sample"]


@pytest.mark.parametrize("name", ["queue", "select", "selectors"])
def test_programs_own_module_is_not_patched(ocoro, tmp_path, name):
    (tmp_path / f"{name}.py").write_text("def select(): return 'my own'\nSimpleQueue = None\n")
    (tmp_path / "main.py").write_text(f"import {name}\nprint({name}.select(), {name}.SimpleQueue)\n")
    assert ocoro("--quiet", str(tmp_path / "main.py")).out == "my own None\n"


def test_import_after_boot_is_patched(says):
    code = """
        import sys
        print("queue" in sys.modules)
        import queue
        print(type(queue.SimpleQueue.get).__name__, queue.__loader__ is queue.__spec__.loader, queue.__loader__)
    """
    assert says(code)[1].startswith("function True <_frozen_importlib_external.SourceFileLoader")


@pytest.mark.parametrize("module", ["time", "select", "_socket", "_thread", "sys", "posix", "_signal", "_queue"])
def test_reloaded_built_in_module_works(says, module):
    code = f"""
        import importlib, select, socket, sys, threading, time, os, queue, signal
        importlib.reload(importlib.import_module("{module}"))
        thread = threading.Thread(target=lambda: (time.sleep(0.001), q.put(1)))
        q = queue.SimpleQueue()
        thread.start()
        print(q.get(), select.select([], [], [], 0.001), sys._current_frames().keys() == {{threading.get_ident()}})
        print(os.read(os.open("/dev/null", 0), 1), signal.getsignal(10), socket.gethostbyname("127.0.0.1"))
    """
    assert len(says(code)) == 2


@pytest.mark.parametrize("module", ["socket", "queue", "selectors", "signal"])
def test_reloaded_python_module_works(says, module):
    code = f"""
        import importlib, {module}, threading
        importlib.reload({module})
        import socket, queue
        a, b = socket.socketpair()
        threading.Timer(0.001, b.send, (b"x",)).start()
        print(a.recv(1))
        from ocoro.runtime.instance import scheduler
        print(scheduler.recorder.tally("recv").waits)
    """
    assert says(code) == ["b'x'", "1"]


def test_module_loaded_afresh_is_patched(says):
    code = """
        import sys, time
        del sys.modules["time"]
        import time as fresh
        fresh.sleep(0.001)
        from ocoro.runtime.instance import scheduler
        print(scheduler.recorder.tally("sleep").waits)
    """
    assert says(code) == ["1"]
