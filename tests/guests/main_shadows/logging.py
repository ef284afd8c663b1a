MINE = "my logging"
