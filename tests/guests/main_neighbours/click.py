MINE = "my click"
