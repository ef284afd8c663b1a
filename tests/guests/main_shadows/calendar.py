MINE = "my calendar"
