# as: .
# ends: 1
# stderr: yes
"""A directory without __main__.py."""
