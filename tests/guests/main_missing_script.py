# as: missing.py
# args: a
# ends: 2
# stderr: yes
"""A script that is not there."""
