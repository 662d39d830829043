from pathlib import Path

import pytest

from msgui.cli import main
from msgui.commands import bench_chemistry


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "chemistry", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "massbank_ms2.parquet" in said
    assert str(tmp_path) in said


def test_an_installed_package_says_where_the_benchmarks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_chemistry, "SCRIPT", tmp_path / "benchmarks" / "chemistry.py")
    assert main(["bench", "chemistry", "--data", str(tmp_path)]) == 2
    assert "come with the source" in capsys.readouterr().err


@pytest.mark.parametrize("share", ["0", "-1", "2", "nan"])
def test_a_share_is_a_part(share: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in bench_chemistry.NEEDED:
        (tmp_path / name).touch()
    assert main(["bench", "chemistry", "--data", str(tmp_path), "--share", share]) == 2
    assert "above 0 and at most 1" in capsys.readouterr().err


def test_the_script_gets_folder_share_and_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in bench_chemistry.NEEDED:
        (tmp_path / name).touch()
    script = tmp_path / "chemistry.py"
    script.write_text("import sys, pathlib; pathlib.Path(sys.argv[-1]).write_text(sys.argv[3])\n")
    monkeypatch.setattr(bench_chemistry, "SCRIPT", script)
    out = tmp_path / "out"
    arguments = ["--data", str(tmp_path), "--share", "0.5", "--out", str(out)]
    assert main(["bench", "chemistry", *arguments]) == 0
    assert (out / "chemistry.md").read_text() == "0.5"


def test_a_failed_part_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in bench_chemistry.NEEDED:
        (tmp_path / name).touch()
    script = tmp_path / "chemistry.py"
    script.write_text("raise SystemExit(1)\n")
    monkeypatch.setattr(bench_chemistry, "SCRIPT", script)
    assert main(["bench", "chemistry", "--data", str(tmp_path)]) == 2


def test_models_need_a_folder_for_their_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--data", "spectra.mgf"]) == 2
    assert "Add --out DIR" in capsys.readouterr().err
