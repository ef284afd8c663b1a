"""Imported relatively."""

import inspect


def depth():
    print([frame.function for frame in inspect.stack()])
