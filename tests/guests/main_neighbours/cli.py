MINE = "my cli"
