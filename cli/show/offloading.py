"""Which function of a module a line of source calls, as `--offload` names it: by the imports of its file.

Who blocked the thread was seen asleep while another thread had the interpreter's lock, so in a real thread the call
would hold up nobody. Methods cannot be named, nor can what the file itself defines.
"""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def function(text: str, line: int) -> str:
    """The only one that is called at this line of a file with this text, such as psycopg2.connect; empty if unknown."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    imported = dict(_imports(tree))
    found = {_named(call.func, imported) for call in _calls(tree, line)} - {""}
    return found.pop() if len(found) == 1 else ""


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names in the file, and what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                name = each.name if each.asname else each.name.partition(".")[0]
                yield each.asname or name, name
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"


def _calls(tree: ast.Module, line: int) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.func.lineno <= line <= (node.end_lineno or line):
            yield node


def _named(function: ast.expr, imported: dict[str, str]) -> str:
    """Its dotted name; empty for a method, a class, or what was not imported."""
    names: list[str] = []
    while isinstance(function, ast.Attribute):
        names.insert(0, function.attr)
        function = function.value
    if not isinstance(function, ast.Name) or function.id not in imported:
        return ""
    words = [*imported[function.id].split("."), *names]
    is_function = len(words) > 1 and not any(word[:1].isupper() for word in words)
    return ".".join(words) if is_function and not _is_hooked(".".join(words[:-1]), words[-1]) else ""


def _is_hooked(module: str, name: str) -> bool:
    from ocoro.cli.options import replaced
    from ocoro.hooks.table import KNOWN

    return module in KNOWN and name in replaced(module)
