"""``python -m ocoro`` is ``ocoro``."""

from ocoro.cli.main import main

main()
