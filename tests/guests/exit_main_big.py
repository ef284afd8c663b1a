# ends: 255
# stderr: yes
"""An exit status beyond a C long."""

raise SystemExit(2**70)
