MINE = "my hooks"
