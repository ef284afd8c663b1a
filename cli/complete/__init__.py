"""Completion scripts: `described` is what is to be completed; the other files say it in the words of one shell each."""
