"""Tables with one spectrum a row, in the columns of MassSpecGym."""

from pathlib import Path

import pytest

from msgui.errors import Problem
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum

HEADER = (
    "identifier\tmzs\tintensities\tsmiles\tinchikey\tformula\tprecursor_formula\tparent_mass\t"
    "precursor_mz\tadduct\tinstrument_type\tcollision_energy\tfold\tsimulation_challenge\n"
)
CAFFEINE = (
    "MassSpecGymID0000001\t110.0713,138.0662,195.0877\t0.22,1.0,0.8\tCn1c(=O)c2c(ncn2C)n(C)c1=O\t"
    "RYYVLZVUVIJVGH\tC8H10N4O2\tC8H11N4O2\t194.0804\t195.0877\t[M+H]+\tOrbitrap\t30.0\ttrain\tTrue\n"
)


def items(path: Path, text: str) -> list[Spectrum | Problem]:
    path.write_text(text, encoding="utf-8")
    return list(read(path))


def test_a_row_is_a_spectrum_with_its_structure(tmp_path: Path) -> None:
    (found,) = items(tmp_path / "MassSpecGym.tsv", HEADER + CAFFEINE)
    assert isinstance(found, Spectrum)
    assert found.mz.tolist() == [110.0713, 138.0662, 195.0877]
    assert found.intensity.tolist() == [0.22, 1.0, 0.8]
    assert (found.spectrum_id, found.adduct, found.polarity) == (
        "MassSpecGymID0000001",
        "[M+H]+",
        "positive",
    )
    assert (found.smiles, found.formula) == ("Cn1c(=O)c2c(ncn2C)n(C)c1=O", "C8H10N4O2")
    assert found.precursor_mz == pytest.approx(195.0877)
    assert found.collision_energy_ev == pytest.approx(30.0)
    assert found.instrument == "Orbitrap"
    assert found.metadata["fold"] == "train"


def test_bad_rows_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    short = "MassSpecGymID0000002\t110.1,120.2\t1.0\t" + "\t".join([""] * 11) + "\n"
    cut = "MassSpecGymID0000003\t110.1\n"
    found = items(tmp_path / "gym.tsv", HEADER + CAFFEINE + short + cut + CAFFEINE)
    assert sum(isinstance(item, Spectrum) for item in found) == 2
    problems = [item for item in found if isinstance(item, Problem)]
    assert sum(problem.skipped for problem in problems) == 2
    assert any("2 m/z and 1 intensities" in problem.cause for problem in problems)
    assert any("2 cells" in problem.cause and "line 4" in problem.where for problem in problems)


def test_lists_in_brackets_are_read_too(tmp_path: Path) -> None:
    text = "mz\tintensity\tprecursor_mz\n[110.0713, 138.0662]\t[22, 100]\t195.0877\n"
    (found,) = items(tmp_path / "x.tsv", text)
    assert isinstance(found, Spectrum)
    assert found.mz.tolist() == [110.0713, 138.0662]
