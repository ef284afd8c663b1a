# as: -c "print(1) print(2)"
# ends: 1
# stderr: yes
"""A program that cannot be compiled."""
