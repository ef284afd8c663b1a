"""SystemExit without a value, raised in nested calls with finally."""

import sys


def leave():
    try:
        sys.exit()
    finally:
        print("finally")


try:
    leave()
finally:
    print("outer", sys.exc_info()[0])
