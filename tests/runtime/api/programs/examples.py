"""The examples of every public name but those given as arguments, or of these alone after `only`: prints how many."""

import doctest
import sys

import ocoro

if sys.argv[1] == "only":
    names = sys.argv[2:]
else:
    names = [name for name in ocoro.__all__ if name not in sys.argv[1:]]
tried = failed = 0
for name in names:
    for test in doctest.DocTestFinder().find(getattr(ocoro, name), name, module=False):
        result = doctest.DocTestRunner().run(test)
        tried, failed = tried + result.attempted, failed + result.failed
print(tried, "tried,", failed, "failed")
