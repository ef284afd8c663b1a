# ends: 1
# stderr: yes
"""An exit status that is any other object is printed."""


class Status:
    def __str__(self):
        return "status as text"


class Leave(SystemExit):
    pass


raise Leave(Status())
