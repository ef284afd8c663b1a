MINE = "my runtime"
