# as: -m pkg
# ends: 1
# stderr: yes
"""A package without a main program."""
