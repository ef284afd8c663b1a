# as: -m json.tool
# stdin: {"b": 1,
# ends: 1
# stderr: yes
"""python -m json.tool on something else."""
