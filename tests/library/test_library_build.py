"""Building a library: what is kept, what is left out and why, and that it is all or nothing."""

import json
from pathlib import Path

import pytest
from reference_spectra import RECORDS, library, write_table

from msgui.errors import MsguiError, Problem
from msgui.library.build import build_library
from msgui.library.opening import installed_libraries, prepare_library
from msgui.library.store import CARD, Library, LibraryInfo, libraries_folder
from msgui.progress import Step

MSP = """Name: caffeine
PrecursorMZ: 195.0877
Precursor_type: [M+H]+
Ion_mode: POSITIVE
SMILES: CN1C=NC2=C1C(=O)N(C)C(=O)N2C
Num Peaks: 2
138.066 100
110.071 40

Name: only a name
PrecursorMZ: 100.0
Precursor_type: [M+H]+
Ion_mode: POSITIVE
Formula: C5H8O2
Num Peaks: 1
55.018 10

Name: salicylic acid
PrecursorMZ: 137.0244
Precursor_type: [M-H]-
Ion_mode: NEGATIVE
InChIKey: YGSDEFSMJLZEOE-UHFFFAOYSA-N
Num Peaks: 1
93.0346 10

Name: empty
PrecursorMZ: 137.0244
SMILES: CCO
Num Peaks: 0
"""


def build(files: list[Path], out: Path) -> tuple[LibraryInfo, list[Problem]]:
    problems, info = [], None
    for event in build_library(files, out):
        if isinstance(event, Problem):
            problems.append(event)
        elif isinstance(event, LibraryInfo):
            info = event
    assert info is not None
    assert info.found == info.spectra + info.skipped
    return info, problems


def test_spectra_and_compounds_are_counted(library: Library) -> None:
    info = library.info()
    assert (info.spectra, info.molecules, info.found, info.skipped) == (6, 4, 6, 0)
    assert info.polarities == {"positive": 5, "negative": 1}
    assert info.licences == {"CC0": 6}


def test_a_reference_spectrum_comes_back_as_it_was(library: Library) -> None:
    rows = {library.record(row)["accession"]: row for row in range(len(library))}
    spectrum = library.spectrum(rows["A2"])
    assert spectrum.mz.tolist() == [69.045, 110.071, 138.066]
    assert spectrum.intensity.tolist() == [30, 100, 60]
    assert spectrum.precursor_mz == 195.0877
    assert (spectrum.adduct, spectrum.polarity) == ("[M+H]+", "positive")
    assert (spectrum.formula, spectrum.inchikey) == ("C8H10N4O2", "RYYVLZVUVIJVGH")
    assert spectrum.collision_energy_ev == 30
    assert spectrum.title == "caffeine"


def test_spectra_of_a_compound_stand_together(library: Library) -> None:
    assert sorted(library.molecule_of_row) == list(library.molecule_of_row)
    (caffeine, _) = library.molecules_of_formula("C8H10N4O2")
    rows = library.rows_of(library.molecules_of_formula("C8H10N4O2"))
    assert len(rows) == 3
    assert library.molecule(int(caffeine)).name == "caffeine"
    assert library.rows_of(library.molecules_of_formula(None)).size == 0


def test_any_spectrum_format_will_do(tmp_path: Path) -> None:
    file = tmp_path / "reference.msp"
    file.write_text(MSP)
    info, problems = build([file], tmp_path / "msp")
    assert (info.found, info.spectra, info.skipped) == (4, 3, 1)
    assert any("no peaks" in problem.cause for problem in problems)
    opened = Library.open(tmp_path / "msp")
    assert opened.has_structure.tolist() == [True, False, False]
    assert opened.molecule(1).formula == "C5H8O2"
    assert opened.molecule(2).inchikey14 == "YGSDEFSMJLZEOE"


def test_the_same_record_counts_once(tmp_path: Path) -> None:
    table = write_table(tmp_path / "twice.parquet", [*RECORDS, *RECORDS[:2]])
    info, problems = build([table], tmp_path / "out")
    assert (info.found, info.spectra, info.skipped) == (8, 6, 2)
    assert sum(problem.skipped for problem in problems) == 2


def test_records_without_a_compound_are_left_out(tmp_path: Path) -> None:
    records = [("X", "", "", "[M+H]+", "POSITIVE", 100.0, [(50.0, 1.0)]), *RECORDS[:1]]
    info, problems = build([write_table(tmp_path / "t.parquet", records)], tmp_path / "out")
    assert (info.spectra, info.skipped) == (1, 1)
    assert "which compound" in problems[0].cause
    assert problems[0].where == "first at X"


def test_unknown_features_are_no_compounds(tmp_path: Path) -> None:
    file = tmp_path / "features.msp"
    file.write_text(MSP + "\nName: Unknown (ID: 7)\nPrecursorMZ: 90.1\nNum Peaks: 1\n50 1\n")
    info, _ = build([file], tmp_path / "out")
    assert (info.found, info.spectra) == (5, 3)


def test_the_adduct_after_a_name_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "gnps.msp"
    file.write_text(MSP.replace("Name: caffeine", "Name: Caffeine 2M-2H+Na"))
    build([file], tmp_path / "out")
    assert Library.open(tmp_path / "out").molecule(0).name == "Caffeine"


def test_nothing_of_a_known_compound_is_an_error(tmp_path: Path) -> None:
    records = [("X", "", "", "[M+H]+", "POSITIVE", 100.0, [(50.0, 1.0)])]
    table = write_table(tmp_path / "t.parquet", records)
    with pytest.raises(MsguiError, match="No spectrum of a known compound"):
        list(build_library([table], tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_what_is_there_is_kept_unless_asked(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet")
    build([table], tmp_path / "out")
    with pytest.raises(MsguiError, match="something of that name"):
        list(build_library([table], tmp_path / "out"))
    list(build_library([table], tmp_path / "out", overwrite=True))
    (tmp_path / "precious").mkdir()
    with pytest.raises(MsguiError, match="not a library"):
        list(build_library([table], tmp_path / "precious", overwrite=True))
    assert {path.name for path in tmp_path.iterdir()} == {"t.parquet", "out", "precious"}


def test_nothing_is_left_of_a_cancelled_build(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.parquet")
    events = build_library([table], tmp_path / "out")
    for event in events:
        if isinstance(event, Step) and "Binning" in event.item:
            break
    events.close()
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


def test_a_file_is_indexed_once(tmp_path: Path) -> None:
    file = tmp_path / "reference.msp"
    file.write_text(MSP)
    first = list(prepare_library(file))[-1]
    again = [event for event in prepare_library(file) if not isinstance(event, Step)]
    assert isinstance(first, Library)
    assert len(again) == 1
    assert again[0].path == first.path
    (first.path / "strong_rows.npy").write_bytes(b"")
    assert len(list(prepare_library(file))[-1]) == 3


def test_installed_libraries_open_by_name(tmp_path: Path) -> None:
    library(tmp_path)
    (tmp_path / "library").rename(libraries_folder() / "mine")
    assert installed_libraries() == ("mine",)
    assert len(Library.open("mine")) == 6


@pytest.mark.parametrize("damage", ["missing file", "wrong format", "no json", "wrong length"])
def test_a_damaged_library_is_an_error(tmp_path: Path, damage: str) -> None:
    library(tmp_path)
    folder = tmp_path / "library"
    if damage == "missing file":
        (folder / "peak_mz.npy").unlink()
    elif damage == "wrong format":
        card = json.loads((folder / CARD).read_text())
        (folder / CARD).write_text(json.dumps({**card, "format": 99}))
    elif damage == "no json":
        (folder / CARD).write_text("{")
    else:
        (folder / "peak_offsets.npy").write_bytes((folder / "molecules.parquet").read_bytes())
    with pytest.raises(MsguiError, match="damaged"):
        Library.open(folder)


def test_what_is_no_library_is_named(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="no such library"):
        Library.open(tmp_path / "nothing")
    with pytest.raises(MsguiError, match="not a reference library"):
        Library.open(tmp_path)
