# redirect: >/dev/full
# ends: 120
# stderr: yes
"""No space left for standard output."""

print("lost")
