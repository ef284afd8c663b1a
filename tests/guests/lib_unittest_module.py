# as: -m unittest -q lib_unittest_module.Tests
# stderr: yes
"""python -m unittest finds this file's tests."""

import threading
import unittest
import unittest.runner

unittest.runner.time.perf_counter = lambda: 0.0


class Tests(unittest.TestCase):
    def test_depth(self):
        barrier = threading.Barrier(2)
        thread = threading.Thread(target=barrier.wait)
        thread.start()
        self.assertIn(barrier.wait(5), (0, 1))
        thread.join()
