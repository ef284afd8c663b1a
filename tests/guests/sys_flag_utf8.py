# flags: -X utf8=0
# env: LC_ALL=C PYTHONCOERCECLOCALE=0
"""-X utf8=0 in the C locale is ASCII."""

import sys

print(sys.flags.utf8_mode, sys.stdout.encoding, sys.stdout.errors, sys.getfilesystemencoding(), ascii("ü"))
