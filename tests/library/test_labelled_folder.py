"""Spectra with their structures in a table beside them, laid out as NPLIB1."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError, Problem
from msgui.library.build import build_library
from msgui.library.labelled_folder import files_of, is_labelled_folder, read_labelled_folder
from msgui.library.store import LibraryInfo
from msgui.spectra.spectrum import Spectrum

LABELS = (
    "dataset\tspec\tname\tionization\tformula\tsmiles\tinchikey\n"
    "nplib1\tCCMSLIB1\tcaffeine\t[M+H]+\tC8H10N4O2\tCn1c(=O)c2c(ncn2C)n(C)c1=O\t"
    "RYYVLZVUVIJVGH-UHFFFAOYSA-N\n"
    "nplib1\tCCMSLIB2\tgone\t[M+H]+\tC2H6O\tCCO\t\n"
)
MS = """>compound CCMSLIB1
>parentmass 195.0877
>formula C8H10N4O2

>ms1peaks
195.0877 100

>ms2peaks
110.0713 22
138.0662 100

>collision 40
69.0447 100
110.0713 80
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spec_files").mkdir()
    (tmp_path / "labels.tsv").write_text(LABELS, encoding="utf-8")
    (tmp_path / "spec_files" / "CCMSLIB1.ms").write_text(MS, encoding="utf-8")
    return tmp_path


def test_spectra_get_the_structures_of_the_table(folder: Path) -> None:
    assert is_labelled_folder(folder)
    assert [file.name for file in files_of(folder)] == ["labels.tsv", "CCMSLIB1.ms"]
    found = list(read_labelled_folder(folder))
    spectra = [item for item in found if isinstance(item, Spectrum)]
    assert [s.spectrum_id for s in spectra] == ["CCMSLIB1", "CCMSLIB1_2"]
    assert {s.smiles for s in spectra} == {"Cn1c(=O)c2c(ncn2C)n(C)c1=O"}
    assert {(s.adduct, s.title) for s in spectra} == {("[M+H]+", "caffeine")}
    (problem,) = [item for item in found if isinstance(item, Problem)]
    assert "CCMSLIB2" in problem.cause
    assert problem.skipped == 1


def test_a_library_is_built_of_it(folder: Path, tmp_path: Path) -> None:
    info = list(build_library([folder], tmp_path / "library"))[-1]
    assert isinstance(info, LibraryInfo)
    assert info.spectra == 2


def test_a_table_without_structures_is_refused(folder: Path) -> None:
    (folder / "labels.tsv").write_text("spec\tname\nx\ty\n", encoding="utf-8")
    with pytest.raises(MsguiError, match="no column smiles"):
        list(read_labelled_folder(folder))
