# as: -m http.server --help
# env: COLUMNS=80
"""A standard module's help names the program as python does."""
