MINE = "my sched"
