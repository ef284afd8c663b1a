# env: LC_ALL=POSIX PYTHONCOERCECLOCALE=0
"""The POSIX locale without coercion: UTF-8 mode switches itself on."""

import os
import sys

print({name: value for name, value in os.environ.items() if name.startswith("LC")})
print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors, sys.getfilesystemencoding(), "ü")
