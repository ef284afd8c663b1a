MINE = "my select"
