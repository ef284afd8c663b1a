MINE = "my startup"
