MINE = "my random"
