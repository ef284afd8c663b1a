# args: --unknown
# ends: 2
# stderr: yes
"""argparse names the program as python does."""

import argparse

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--known", help="an option")
print(parser.prog, parser.format_help())
parser.parse_args()
