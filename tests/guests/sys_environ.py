# env: OWN=1 OTHER=ümlaut
"""The environment, as the program, its C code and its children see it."""

import ctypes
import os
import subprocess
import sys

for name in sorted(os.environ):
    print(name, os.environ[name])
print(sorted(os.environb) == sorted(map(os.fsencode, os.environ)), len(os.environ))
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
print(getenv(b"OCORO_BOOT"), getenv(b"OWN"))
sys.stdout.flush()
os.system("env | grep -c '^OCORO'; echo $OWN $OTHER")
print(subprocess.run(["env"], capture_output=True, text=True).stdout.count("OCORO"))
os.environ["OWN"] = "2"
del os.environ["OTHER"]
print(subprocess.run(["sh", "-c", "echo $OWN:$OTHER"], capture_output=True, text=True).stdout)
