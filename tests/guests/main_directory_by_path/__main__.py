# as: ../main_directory_by_path
# ends: 1
# stderr: yes
"""A directory given by a relative path; the traceback shows how it is run."""

import sys

print(sys.path[0], __file__)


def fail():
    raise KeyError("in a directory")


fail()
