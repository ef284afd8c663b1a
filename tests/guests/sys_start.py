# flags: -B -s -q -W ignore::ImportWarning -X utf8 -X own=1
# args: one --two "three words" -m
"""What a program sees of how it was started, with flags and arguments."""

import sys

NAMES = """argv orig_argv path flags executable prefix exec_prefix base_prefix warnoptions _xoptions pycache_prefix
dont_write_bytecode stdlib_dir _stdlib_dir platlibdir _git implementation"""

for name in NAMES.split():
    print(name, getattr(sys, name, None))
