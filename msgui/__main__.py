"""``python -m msgui`` is the same as ``msgui``."""

from msgui.cli import script

if __name__ == "__main__":
    script()
