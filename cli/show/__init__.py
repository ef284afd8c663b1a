"""Shows recorded runs: one description of each table, and the ways to write it down."""
