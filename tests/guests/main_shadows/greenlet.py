MINE = "my greenlet"
