"""Not the one that is run."""

raise SystemExit("pkg was run, not pkg.mod")
