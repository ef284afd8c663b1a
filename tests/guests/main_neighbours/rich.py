MINE = "my rich"
