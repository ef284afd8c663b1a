"""The one scheduler of this process, made at boot; hooks take it from here when they are loaded."""

from __future__ import annotations

from ocoro.runtime.scheduler import Scheduler

scheduler = Scheduler()
