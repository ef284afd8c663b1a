"""`ocoro trace`: inside the traced program it tells what that calls while it runs; outside, what was recorded.

Counts as a part of the runtime as far as the program's stack is concerned, so nothing in here is seen or preempted.
"""
