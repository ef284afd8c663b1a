# as: -m pdb -c continue {file}
# stdin: where
# stdin: p number
# stdin: quit
# stderr: yes
"""python -m pdb on a program that fails."""


def fail(number):
    return 1 // number


print("started")
fail(0)
