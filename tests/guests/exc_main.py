# ends: 1
# stderr: yes
"""An uncaught exception in main, some calls deep, with notes."""


def outer(number):
    return inner(number - 1) + 1


def inner(number):
    if number:
        return outer(number)
    error = ZeroDivisionError("at the bottom")
    error.add_note("a note")
    error.add_note("of two\nlines")
    raise error


print(outer(3))
