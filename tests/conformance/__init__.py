"""CPython's own tests under ocoro: ``python -m conformance`` in the folder ``tests``, or ``make conformance``.

Each test module of the interpreter's library runs in a process of its own, under plain ``python`` and under ``ocoro
run``. Case by case, what plain python passes ocoro must pass, save what `exceptions.txt` lists with a reason. The test
files of third-party suites run in the same way, by pytest.

Reading order: catalogue (which modules), suites (which of others) and nest (where they are installed), inside (what
runs there), process (one module, whatever it does), plain (what python says, kept for the next time), exceptions,
verdict (the two compared), table, __main__.
"""
