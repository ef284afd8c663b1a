"""What texts of unknown origin look like to a person: names, places and messages that a program or a file has.

All that commands and reports write for people goes through here before it gets to a terminal. It is also imported into
the program, and so imports nothing.
"""


def visible(text: str) -> str:
    """`text` on one line, with escapes for whatever a terminal would obey, or show in another order than it is in."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
