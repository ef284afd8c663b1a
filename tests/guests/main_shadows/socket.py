MINE = "my socket"
