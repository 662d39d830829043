"""Where the stand-alone msgui begins, and the processes that it starts beside itself."""

import importlib
import multiprocessing
import sys

multiprocessing.freeze_support()
if sys.argv[1:2] == ["--module"]:
    module = sys.argv[2]
    del sys.argv[1:3]
    sys.exit(importlib.import_module(module).main())

from msgui.cli import script  # noqa: E402

script()
