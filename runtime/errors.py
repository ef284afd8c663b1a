"""Every exception that is ocoro's own. A program that does not use the API sees none: it gets what Python raises."""


class OcoroError(Exception):
    """Base of the errors below."""


class UnsupportedInterpreterError(OcoroError):
    """This interpreter cannot carry coroutines, for instance a build without the global interpreter lock.

    Use a regular build of CPython 3.11 or newer.
    """


class BootVariableError(OcoroError):
    """OCORO_BOOT, which only `ocoro run` sets, says what it never would. Raised before the program begins."""

    hint = "unset OCORO_BOOT, and start the program with 'ocoro run'"


class NotPreparedError(OcoroError, OSError):
    """The file that is to be recorded into was not made for it, and is left as it is. The run is not recorded."""


class Cancelled(BaseException):
    """Raised in a coroutine that is cancelled, in the call that it waits in; `Coroutine.result` raises it again.

    No Exception, so that `except Exception` around a wait, as in many loops that retry, does not keep a coroutine alive
    that is to end. Who catches it to clean up raises it again.
    """

    __module__ = "ocoro"
