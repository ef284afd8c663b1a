# as: -m json.tool --sort-keys --compact
# stdin: {"b": 1,
# stdin: "a": [true, null]}
"""python -m json.tool on standard input."""
