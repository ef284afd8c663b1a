# ends: 255
"""A negative exit status."""

raise SystemExit(-1)
