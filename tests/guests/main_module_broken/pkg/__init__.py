# as: -m pkg.mod
# ends: 1
# stderr: yes
"""A package whose body fails before its main program is found."""

raise ValueError("the package is broken")
