"""Print what the domain and its tests need: the dependencies without Qt and without torch."""

import re
import sys
import tomllib
from pathlib import Path

NOT_HEADLESS = {"pyside6-essentials", "pyqtgraph", "pytest-qt", "ruff", "mypy", "import-linter"}

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in project["dependencies"] + project["optional-dependencies"]["dev"]:
    name = re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower()
    if name not in NOT_HEADLESS:
        sys.stdout.write(requirement + "\n")
