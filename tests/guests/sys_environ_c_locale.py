# env: LANG= LC_ALL= LC_CTYPE= LANGUAGE=
"""Python's own change of the C locale shows once and not twice."""

import locale
import os
import sys

print({name: value for name, value in os.environ.items() if name.startswith("L")})
print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors, sys.stdin.errors)
print(locale.setlocale(locale.LC_CTYPE), "ü")
