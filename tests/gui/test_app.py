"""Starting the window loads what a first look needs, and no more."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.gui
LATER = (
    "matchms",
    "rdkit",
    "numba",
    "duckdb",
    "onnxruntime",
    "torch",
    "pandas",
    "msgui.pipeline",
    "msgui.chemistry.adducts",
    "msgui.chemistry.formula",
)


def test_an_empty_window_loads_no_chemistry() -> None:
    code = (
        "import os, sys; from msgui.gui.app import build_window; build_window([]); "
        f"print([m for m in {LATER!r} if m in sys.modules], flush=True); os._exit(0)"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
