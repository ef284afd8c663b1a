"""Next to the main program."""
