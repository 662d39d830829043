"""``msgui simulate``: its options, and that a library of its output searches like any other."""

from pathlib import Path

import pytest

from msgui.cli import main
from tests.tiny_forward import write_forward


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    structures = tmp_path / "s.smi"
    structures.write_text("CC(=O)Nc1ccc(O)cc1 paracetamol\n")
    model = write_forward(tmp_path / "model")
    return [str(structures), "--model", str(model)]


def test_the_library_can_be_searched(
    tmp_path: Path, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "predicted.msp")
    assert main(["simulate", *files, "--energies", "10,20", "--out", out]) == 0
    assert "2 predicted spectra of 1 structures" in capsys.readouterr().err
    assert main(["library", "build", out, "--out", str(tmp_path / "library")]) == 0
    assert "predicted 2 spectra" in capsys.readouterr().out
    assert main(["library", "search", str(tmp_path / "library"), out]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.endswith("\tkind")
    assert len(rows) == 2
    assert all(row.endswith("\tpredicted") for row in rows)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--energies", "ten"], "'ten' is no collision energy"),
        (["--energies", "-5"], "no collision energy"),
        (["--energies", ","], "At least one energy"),
        (["--adducts", "[M+Foo]"], "M+Foo"),
        (["--instrument", "toaster"], "no kind of analyser"),
    ],
)
def test_wrong_use(
    tmp_path: Path,
    files: list[str],
    options: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["simulate", *files, "--out", str(tmp_path / "x.msp")]
    assert main([*arguments, f"{options[0]}={options[1]}"]) == 2
    assert words in capsys.readouterr().err
