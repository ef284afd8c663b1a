"""Imports go one way, cli -> hooks -> runtime, and only cli prints."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {  # besides the standard library
    "runtime": ("greenlet", "ocoro.runtime"),
    "hooks": ("greenlet", "ocoro.runtime", "ocoro.hooks"),
    "cli": ("click", "rich", "ocoro"),
}
MODULES = [path.relative_to(ROOT) for layer in ALLOWED for path in sorted((ROOT / layer).rglob("*.py"))]
STREAMS = {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}
# Flush them, and exchange their buffers, but write nothing.
KNOW_STREAMS = {"hooks/builtins.py", "hooks/io.py", "hooks/notices.py"}


def imported(tree):
    """The absolute name of each imported module, `from ocoro.runtime import lock` as ocoro.runtime.lock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def printing(tree, ways):
    """The lines that mention one of `ways`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in ways:
            yield node.lineno


def is_allowed(name, layer):
    top = name.partition(".")[0]
    in_layer = any(name == known or name.startswith(f"{known}.") for known in ALLOWED[layer])
    return in_layer or top in sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_go_down_only(path):
    tree = ast.parse((ROOT / path).read_text())
    assert [name for name in imported(tree) if not is_allowed(name, path.parts[0])] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] != "cli"], ids=str)
def test_only_cli_prints(path):
    ways = {"print", *(f"{stream}.{method}" for stream in STREAMS for method in ("write", "writelines"))}
    if str(path) not in KNOW_STREAMS:
        ways |= STREAMS
    assert list(printing(ast.parse((ROOT / path).read_text()), ways)) == []


def test_runtime_and_hooks_do_not_know_the_launcher():
    assert not is_allowed("ocoro.cli.report", "hooks")
    assert not is_allowed("ocoro.hooks.time", "runtime")
    assert is_allowed("ocoro.runtime.lock", "hooks")
