"""The command line: the only part of ocoro that prints, and the only one that imports click and rich.

`ocoro run` starts the user's program, so every millisecond here is added to the program's own start. What it imports on
its way (`main`, `run`, `options`, `argv`, `script`, `launch`, `errors`) does without click, json, re, typing and
dataclasses: click alone takes longer to import than the interpreter to start. click writes the help texts, and reads
the arguments wherever the first one is not a command.
"""
