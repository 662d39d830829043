"""Libraries of predicted spectra: marked as such, the same after a break, read like others."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError, Problem
from msgui.export import simulated_library
from msgui.export.simulated_library import Simulated, simulate_library
from msgui.library.build import build_library
from msgui.library.parquet_records import read_parquet_spectra
from msgui.library.store import Library, LibraryInfo
from msgui.prediction.simulated import Setting
from msgui.progress import Step
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from tests.tiny_forward import forward_model

SETTING = Setting((20.0, 40.0), ("[M+H]+", "[M-H]-"), "orbitrap")
TABLE = (
    "smiles,name\nCC(=O)Nc1ccc(O)cc1,paracetamol\nC1CC,bad\nCCNc1nc(Cl)nc(NC(C)C)n1,atrazine\n"
    "CC(=O)Nc1ccc(O)cc1,the same\nCCOC(C)=O,ethyl acetate\n"
)


@pytest.fixture
def structures(tmp_path: Path) -> Path:
    path = tmp_path / "structures.csv"
    path.write_text(TABLE)
    return path


def simulated(structures: Path, out: Path, **more: bool) -> tuple[Simulated, list[Problem]]:
    problems, result = [], None
    for event in simulate_library([structures], out, forward_model(), SETTING, **more):
        if isinstance(event, Problem):
            problems.append(event)
        elif isinstance(event, Simulated):
            result = event
    assert result is not None
    return result, problems


@pytest.mark.parametrize("suffix", [".mgf", ".msp", ".parquet"])
def test_every_spectrum_says_that_it_is_predicted(
    tmp_path: Path, structures: Path, suffix: str
) -> None:
    made, problems = simulated(structures, tmp_path / f"out{suffix}")
    assert (made.structures, made.spectra, made.skipped) == (3, 12, 1)
    assert "C1CC" in problems[0].cause
    reader = read_parquet_spectra if suffix == ".parquet" else read
    spectra = [item for item in reader(made.path) if isinstance(item, Spectrum)]
    assert len(spectra) == 12
    assert all(s.instrument == "predicted by tiny-forward 1 for orbitrap" for s in spectra)
    assert all(s.spectrum_id.startswith("PREDICTED-") for s in spectra)
    first = spectra[0]
    assert first.precursor_mz == pytest.approx(152.0706, abs=1e-4)
    assert first.collision_energy_ev == 20.0
    assert (first.adduct, first.polarity) == ("[M+H]+", "positive")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_library_of_them_counts_them(tmp_path: Path, structures: Path) -> None:
    made, _ = simulated(structures, tmp_path / "out.msp")
    *_, info = build_library([made.path], tmp_path / "library")
    assert isinstance(info, LibraryInfo)
    assert (info.spectra, info.predicted) == (12, 12)
    names = {Library.open(tmp_path / "library").molecule(number).name for number in range(3)}
    assert names == {"paracetamol", "atrazine", "ethyl acetate"}


@pytest.mark.parametrize("suffix", [".mgf", ".parquet"])
def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path, structures: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated_library, "STRUCTURES_A_PART", 1)
    whole, _ = simulated(structures, tmp_path / f"whole{suffix}")
    out = tmp_path / f"out{suffix}"
    run = simulate_library([structures], out, forward_model(), SETTING)
    for event in run:
        if isinstance(event, Step) and event.done == 2:
            break
    run.close()
    assert not out.exists()
    kept = {path.name for path in (tmp_path / f".out{suffix}.parts").iterdir()}
    assert f"000001{suffix}" in kept
    again, problems = simulated(structures, out, resume=True)
    assert (again.structures, again.spectra, again.skipped) == (3, 12, 1)
    assert len([problem for problem in problems if problem.skipped]) == 1
    assert out.read_bytes() == whole.path.read_bytes()


def test_other_settings_are_not_mixed_into_a_stopped_run(tmp_path: Path, structures: Path) -> None:
    out = tmp_path / "out.msp"
    run = simulate_library([structures], out, forward_model(), SETTING)
    next(run)
    run.close()
    other = Setting((30.0,), ("[M+H]+",))
    with pytest.raises(MsguiError, match="other structures, another model or other settings"):
        list(simulate_library([structures], out, forward_model(), other, resume=True))


def test_what_cannot_be_written_is_refused(tmp_path: Path, structures: Path) -> None:
    with pytest.raises(MsguiError, match=r"cannot be written as \.sdf"):
        next(simulate_library([structures], tmp_path / "x.sdf", forward_model(), SETTING))
    (tmp_path / "x.msp").write_text("mine")
    with pytest.raises(MsguiError, match="There is a file of that name"):
        next(simulate_library([structures], tmp_path / "x.msp", forward_model(), SETTING))
    with pytest.raises(MsguiError, match="exporting would destroy it"):
        next(simulate_library([structures], structures, forward_model(), SETTING, overwrite=True))


def test_structures_that_cannot_form_the_ion_are_named(tmp_path: Path, structures: Path) -> None:
    setting = Setting((20.0,), ("[M-H2O+H]+",))
    events = list(simulate_library([structures], tmp_path / "x.msp", forward_model(), setting))
    named = [event for event in events if isinstance(event, Problem) and event.skipped]
    assert {problem.where for problem in named} == {"line 3", "atrazine"}
