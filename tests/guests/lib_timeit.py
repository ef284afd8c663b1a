# as: -m timeit -n 1 -r 1 -s "import sys, threading; t = threading.Thread(target=print, args=(3,))" "t.start(); t.join(); sys.exit(4)"
# ends: 4
"""python -m timeit with a statement that starts a thread."""
