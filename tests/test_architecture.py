"""The rules of the house that import-linter cannot say."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "msgui").rglob("*.py"))
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "core",
    "common",
    "helpers",
    "helper",
    "manager",
    "base",
    "misc",
}
# Modules that take long to import; the window must be on screen before any of them.
HEAVY = ("torch", "matchms", "pandas", "matplotlib", "onnxruntime", "duckdb", "numba", "sklearn")


def _imports(path: Path, *, top_level_only: bool) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_room_without_a_purpose() -> None:
    assert [_relative(p) for p in SOURCES if p.stem in FORBIDDEN_NAMES] == []


def test_onnxruntime_is_imported_in_one_file() -> None:
    users = [
        _relative(path)
        for path in SOURCES
        if any(n.split(".")[0] == "onnxruntime" for n in _imports(path, top_level_only=False))
    ]
    assert set(users) <= {"msgui/prediction/onnx_model.py", "msgui/training/export_onnx.py"}


@pytest.mark.parametrize("package", ["PySide6", "pyqtgraph"])
def test_qt_stays_below_gui(package: str) -> None:
    users = [
        _relative(path)
        for path in SOURCES
        if any(n.split(".")[0] == package for n in _imports(path, top_level_only=False))
    ]
    assert [user for user in users if not user.startswith("msgui/gui/")] == []


def test_torch_stays_below_training() -> None:
    users = [
        _relative(path)
        for path in SOURCES
        if any(n.split(".")[0] == "torch" for n in _imports(path, top_level_only=False))
    ]
    assert [user for user in users if not user.startswith("msgui/training/")] == []


def test_matchms_is_imported_inside_functions_only() -> None:
    users = [
        _relative(path)
        for path in SOURCES
        if any(n.split(".")[0] == "matchms" for n in _imports(path, top_level_only=True))
    ]
    assert users == []


def test_values_and_method_import_nothing_heavy() -> None:
    code = (
        "import sys, msgui.cli, msgui.pipeline, msgui.tools, msgui.annotation, "
        "msgui.spectra.readers; "
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"


def test_every_module_says_what_it_is() -> None:
    silent = [
        _relative(path)
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []
