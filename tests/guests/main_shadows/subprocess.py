MINE = "my subprocess"
