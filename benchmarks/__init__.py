"""ocoro measured side by side with its peers: ``python -m benchmarks`` from the top of the checkout.

``programs/`` holds the benchmarks: plain, blocking, threaded programs that know no launcher, measure themselves and
print one JSON object with at least ``name``, ``unit`` and ``value``. The rest of this package runs them in turn under
each competitor, round by round, and shows medians and ratios. No number here is a test: machines differ.

Reading order: catalogue (what is measured, and the targets), competitors (under what), runner, results, table.
"""
