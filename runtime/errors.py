"""Every exception that is ocoro's own. The user's program never sees one: it gets what Python itself would raise."""


class OcoroError(Exception):
    """Base of the errors below."""


class UnsupportedInterpreterError(OcoroError):
    """This interpreter cannot carry coroutines, for instance a build without the global interpreter lock.

    Use a regular build of CPython 3.11 or newer.
    """
