"""``python -m msgui`` is the same as ``msgui``."""

import sys

from msgui.cli import main

if __name__ == "__main__":
    sys.exit(main())
