# as: -m timeit -n 1 -r 1 -s "import threading; t = threading.Thread(target=print, args=(3,))"
# as: "t.start(); t.join(); 1 / 0"
# ends: 1
# stderr: yes
"""python -m timeit with a statement that starts a thread and fails."""
