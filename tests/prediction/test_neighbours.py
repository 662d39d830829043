"""The baselines, on a library small enough to work the vote out by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from msgui.chemistry.molecule import fingerprint, unpack
from msgui.library.build import build_library
from msgui.library.store import Library
from msgui.prediction.memory import Memory
from msgui.prediction.neighbours import (
    best_of,
    matching_spectra,
    memory_baseline,
    paper_baseline,
    strong_baseline,
)
from msgui.prediction.voting import highest, vote, vote_weights
from msgui.spectra.spectrum import Spectrum

# name, SMILES, mode, precursor, peaks. The first two are isomers.
CAFFEINE, ISOMER = "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "CCn1cnc2c1c(=O)[nH]c(=O)n2C"
SALICYLIC = "O=C(O)c1ccccc1O"
RECORDS = [
    ("A1", CAFFEINE, "POSITIVE", 195.0877, [(138.066, 100.0), (110.071, 40.0)]),
    ("A2", CAFFEINE, "POSITIVE", 195.0877, [(138.066, 60.0), (69.045, 100.0)]),
    ("B1", ISOMER, "POSITIVE", 195.0877, [(167.056, 100.0), (124.05, 50.0)]),
    ("D1", SALICYLIC, "NEGATIVE", 137.0244, [(93.0346, 100.0), (137.0244, 20.0)]),
    ("D2", SALICYLIC, "POSITIVE", 139.039, [(121.028, 100.0), (138.066, 100.0)]),
]
FORMULA = "C8H10N4O2"
KEYS = {CAFFEINE: "RYYVLZVUVIJVGH", SALICYLIC: "YGSDEFSMJLZEOE"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder: Path = tmp_path_factory.mktemp("library")
    names = ("accession", "smiles", "ion_mode", "precursor_mz")
    table = {name: [record[i] for record in RECORDS] for i, name in enumerate(names)}
    table["mz"] = [[mz for mz, _ in record[4]] for record in RECORDS]
    table["intensity"] = [[height for _, height in record[4]] for record in RECORDS]
    pq.write_table(pa.table(table), folder / "t.parquet")
    list(build_library([folder / "t.parquet"], folder / "made-up"))
    return Library.open(folder / "made-up")


def query(peaks: Sequence[tuple[float, float]], precursor_mz: float = 195.0877) -> Spectrum:
    mz, intensity = np.array(peaks).T
    return Spectrum(mz, intensity, precursor_mz=precursor_mz, polarity="positive")


def bits_of(smiles: str) -> np.ndarray:
    return unpack(fingerprint(smiles)).astype(float)


def test_the_vote_follows_the_definition(library: Library) -> None:
    spectrum = query([(138.066, 100.0)], 300.0)
    result = strong_baseline(spectrum, library, FORMULA)
    # Worked out by hand: one m/z peak and its loss of half weight; no library peak shares the loss.
    own = 1 + 0.5
    caffeine = 1 / np.sqrt(own * (1.4 + 0.5 * 1.4))
    salicylic = 1 / np.sqrt(own * (2 + 0.5 * 2))
    weights = {CAFFEINE: 6 * caffeine**3, SALICYLIC: salicylic**3}
    expected = sum(weight * bits_of(smiles) for smiles, weight in weights.items())
    np.testing.assert_allclose(result.probability, expected / sum(weights.values()), atol=1e-5)
    assert [n.accession for n in result.neighbours] == ["A1", "D2"]
    assert result.neighbours[0].similarity == pytest.approx(caffeine, abs=1e-5)
    assert [n.same_formula for n in result.neighbours] == [True, False]
    assert result.covered
    assert (result.bits == (result.probability > 0.3)).all()


def test_a_compound_votes_once_with_its_best_spectrum(library: Library) -> None:
    result = strong_baseline(query([(138.066, 60.0), (69.045, 100.0)]), library, FORMULA)
    assert [n.accession for n in result.neighbours] == ["A2", "D2"]
    assert result.neighbours[0].similarity == pytest.approx(1.0, abs=1e-5)
    assert result.neighbours[0].shared_peaks == 2
    np.testing.assert_array_equal(result.neighbours[0].mz, [69.045, 138.066])


def test_negative_is_never_matched_with_positive(library: Library) -> None:
    spectrum = query([(93.0346, 100.0), (137.0244, 20.0)], 137.0244)
    assert strong_baseline(spectrum, library, None).neighbours == ()
    assert "shares a peak" in strong_baseline(spectrum, library, None).note
    negative = spectrum.with_(polarity="negative")
    assert strong_baseline(negative, library, None).neighbours[0].accession == "D1"


def test_excluded_molecules_neither_vote_nor_cover(library: Library) -> None:
    spectrum = query([(138.066, 100.0), (110.071, 40.0)])
    exclude = {KEYS[CAFFEINE]}
    strong = strong_baseline(spectrum, library, "C7H6O3", exclude=exclude)
    assert KEYS[CAFFEINE] not in {n.inchikey14 for n in strong.neighbours}
    paper = paper_baseline(spectrum, library, FORMULA, exclude=exclude | {"QFLVFTGHPPLTIM"})
    assert KEYS[CAFFEINE] not in {n.inchikey14 for n in paper.neighbours}


def test_paper_baseline_takes_the_best_of_the_same_formula(library: Library) -> None:
    # Much more like salicylic acid, but that has another formula.
    result = paper_baseline(query([(121.028, 100.0), (167.056, 20.0)], 500.0), library, FORMULA)
    assert (result.covered, result.neighbours[0].accession) == (True, "B1")
    np.testing.assert_array_equal(result.probability, bits_of(ISOMER))


def test_paper_baseline_falls_back_to_any_formula(library: Library) -> None:
    result = paper_baseline(query([(121.028, 100.0)], 500.0), library, "C2H6O")
    assert (result.covered, result.neighbours[0].accession) == (False, "D2")
    assert "None of its spectra has the formula C2H6O" in result.note


def test_paper_cosine_is_linear_and_has_the_precursor(library: Library) -> None:
    result = paper_baseline(query([(138.066, 100.0)]), library, FORMULA)
    # (peak 1, artificial precursor 1) with (1, .4, precursor 1).
    assert result.neighbours[0].similarity == pytest.approx(2 / np.sqrt(2 * 2.16), abs=1e-5)


def test_nothing_in_common_is_no_prediction(library: Library) -> None:
    result = strong_baseline(query([(51.5, 1.0)], 999.0), library, None)
    assert not result.probability.any()
    assert result.neighbours == ()
    assert not result.covered


def test_the_nearest_of_the_formula_is_always_shown(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("msgui.prediction.neighbours.SHOWN", 1)
    spectrum = query([(121.028, 100.0), (167.056, 1.0)], 139.039)
    spectrum = spectrum.with_(precursor_mz=195.0877)
    neighbours = strong_baseline(spectrum, library, FORMULA).neighbours
    assert any(neighbour.same_formula for neighbour in neighbours)
    assert best_of(neighbours, same_formula=True) is not None
    assert best_of((), same_formula=False) is None


def test_matching_spectra_are_neighbours_with_peaks(library: Library) -> None:
    (best,) = matching_spectra(query([(138.066, 100.0), (110.071, 40.0)]), library)[:1]
    assert (best.accession, best.kind, best.shared_peaks) == ("A1", "library", 2)
    assert best.mz is not None


@pytest.fixture
def memory() -> Memory:
    words = np.array
    return Memory(
        embedding=np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float16),
        scale=1.0,
        structure=np.array([0, 0, 1, 2], np.int32),
        smiles=words([CAFFEINE, SALICYLIC, "CCO"]),
        inchikey14=words(["RYYVLZVUVIJVGH", "YGSDEFSMJLZEOE", "LFQSCWFLJHTTHZ"]),
        formula=words([FORMULA, "C7H6O3", "C2H6O"]),
        accession=words(["m1", "m2", "m3", "m4"]),
        adduct=words(["[M+H]+", "[M+H]+", "[M-H]-", "[M+H]+"]),
        instrument=words(["QTOF"] * 4),
        energy=words(["30 eV"] * 4),
        name=words(["caffeine", "salicylic acid", ""]),
    )


def test_memory_votes_like_the_strong_baseline_and_says_what_it_is(memory: Memory) -> None:
    result = memory_baseline(np.array([0.6, 0.8], np.float32), memory, "C7H6O3")
    weights = {CAFFEINE: 0.96**3, SALICYLIC: 6 * 0.8**3}
    expected = sum(weight * bits_of(smiles) for smiles, weight in weights.items())
    np.testing.assert_allclose(result.probability, expected / sum(weights.values()), atol=1e-3)
    assert [n.accession for n in result.neighbours] == ["m2", "m3"]
    assert {n.kind for n in result.neighbours} == {"memory"}
    assert result.neighbours[0].mz is None
    assert result.covered
    assert "training spectra" in result.note
    assert "embedding" in result.note


def test_memory_knows_polarity_and_exclusion(memory: Memory) -> None:
    embedding = np.array([0.6, 0.8], np.float32)
    positive = memory_baseline(embedding, memory, None, polarity="positive")
    assert [n.accession for n in positive.neighbours] == ["m2"]
    left = memory_baseline(embedding, memory, FORMULA, exclude={"RYYVLZVUVIJVGH"})
    assert [n.accession for n in left.neighbours] == ["m3"]
    assert not left.covered
    assert f"None of them has the formula {FORMULA}" in left.note


def test_a_model_without_embedding_has_no_neighbours(memory: Memory) -> None:
    result = memory_baseline(np.zeros(0, np.float32), memory, None)
    assert not result.probability.any()
    assert "no training spectra" in result.note


def test_highest_breaks_ties_by_number() -> None:
    values = np.array([0.0, 2.0, 1.0, 2.0, 1.0])
    assert highest(values, 3).tolist() == [1, 3, 2]
    assert highest(values, 10).tolist() == [1, 3, 2, 4]


def test_votes_are_shares() -> None:
    packed = np.array([np.packbits([1, 0] * 2048), np.packbits([1, 1] * 2048)])
    shares = vote(packed, np.array([3.0, 1.0]))
    assert shares[:2].tolist() == [1.0, 0.25]
    assert vote_weights(np.array([0.5, 0.5]), np.array([1])).tolist() == [0.125, 0.75]


@pytest.mark.data
def test_known_compounds_are_found_in_measured_spectra(shared_data: Path, tmp_path: Path) -> None:
    table = pq.ParquetFile(shared_data / "massbank_ms2.parquet").read_row_group(0).slice(0, 1500)
    pq.write_table(table, tmp_path / "part.parquet")
    list(build_library([tmp_path / "part.parquet"], tmp_path / "library"))
    library = Library.open(tmp_path / "library")
    row = int(np.argmax(np.diff(library.peak_offsets)))
    molecule = library.molecule(int(library.molecule_of_row[row]))
    result = strong_baseline(library.spectrum(row), library, molecule.formula)
    assert result.neighbours[0].inchikey14 == molecule.inchikey14
    assert result.neighbours[0].similarity == pytest.approx(1.0, abs=1e-3)
