MINE = "my token"
