"""The parts of `ocoro top`: `watched` is the data, `keys` is the choice, `screen` the picture, `terminal` the rest."""
