"""Recordings, as the commands read them: `runs` finds the files, `reader` reads one, `model` is what comes out."""
