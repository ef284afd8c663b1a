"""The scheduler, its traps and its recorder. Knows no hook and no command line; reading order is in ARCHITECTURE.md."""
