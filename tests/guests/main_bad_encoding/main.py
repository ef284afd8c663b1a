# as: program.txt
# ends: 1
# stderr: yes
"""A program whose bytes are not UTF-8."""
