"""`ocoro trace` inside the traced program: tells what it calls while it runs.

Counts as a part of the runtime as far as the program's stack is concerned, so nothing in here is seen or preempted.
"""
