"""`selectors`: Python code over `select`; the classes took their `select.poll` and `select.epoll` from there."""

from __future__ import annotations

from typing import Any

REPLACES: dict[str, Any] = {}
LEAVES = {"DefaultSelector": "Python code over the patched `select`; loaded earlier, it is rebound by identity"}
