"""Processes of our own beside the one that a person works in."""

import sys


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module's ``main`` in a process of its own.

    In a stand-alone program there is no other Python than the program itself, which then is told
    which module to run (``packaging/start.py``).
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module", module, *arguments]
    return [sys.executable, "-m", module, *arguments]
