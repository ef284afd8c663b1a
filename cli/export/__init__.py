"""A recording in the formats of other tools: one module each, with `write(run, file)`."""
