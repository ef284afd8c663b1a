# as: -m missing_module
# ends: 1
# stderr: yes
"""A module that is not there."""
