"""JSON: GNPS, MoNA, matchms and PROXI records; lists, lines, wrappers, damage."""

import json
from pathlib import Path
from typing import Any

import pytest
from spectrum_text import one, peaks_of, read_text

from msgui.spectra.checking import check
from msgui.spectra.readers import read

PEAKS = [[100.5, 10.0], [200.5, 20.0]]
GNPS = {
    "spectrum_id": "LIB1",
    "scan": "3",
    "ms_level": "2",
    "peaks_json": json.dumps(PEAKS),
    "Compound_Name": "Caffeine",
    "Instrument": "Orbitrap",
    "Adduct": "M+H",
    "Precursor_MZ": "195.0877",
    "Charge": "0",
    "Smiles": "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    "INCHI": "N/A",
    "Ion_Mode": "Positive",
    "annotation_history": [{"user": "x"}],
}
MONA = {
    "id": "M1",
    "compound": [
        {
            "inchiKey": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
            "names": [{"name": "Caffeine"}, {"name": "Theine"}],
            "metaData": [
                {"name": "SMILES", "value": "CN1C=NC2=C1"},
                {"name": "molecular formula", "value": "C8H10N4O2"},
            ],
        }
    ],
    "metaData": [
        {"name": "instrument", "value": "Q Exactive"},
        {"name": "ms level", "value": "MS2"},
        {"name": "ionization mode", "value": "positive"},
        {"name": "precursor m/z", "value": 195.0877},
        {"name": "precursor type", "value": "[M+H]+"},
        {"name": "collision energy", "value": "35", "unit": "NCE"},
    ],
    "spectrum": "100.5:10 200.5:20",
}
MATCHMS = {
    "charge": 1,
    "ionmode": "positive",
    "adduct": "[M+H]+",
    "precursor_mz": 195.0877,
    "compound_name": "Caffeine",
    "spectrum_id": "A1",
    "peaks_json": PEAKS,
}
PROXI = {
    "usi": "mzspec:X:1",
    "mzs": [100.5, 200.5],
    "intensities": [10, 20],
    "attributes": [
        {"accession": "MS:1000744", "name": "selected ion m/z", "value": "195.0877"},
        {"accession": "MS:1000041", "name": "charge state", "value": "1"},
    ],
}


@pytest.mark.parametrize(
    ("record", "own_id"), [(GNPS, "LIB1"), (MONA, "M1"), (MATCHMS, "A1"), (PROXI, "mzspec:X:1")]
)
def test_records_of_four_origins(tmp_path: Path, record: dict[str, Any], own_id: str) -> None:
    spectrum = one(tmp_path, "a.json", json.dumps([record]))
    assert peaks_of(spectrum) == [(100.5, 10.0), (200.5, 20.0)]
    assert spectrum.spectrum_id == own_id
    assert spectrum.precursor_mz == 195.0877
    assert spectrum.charge == 1
    if record is not PROXI:
        assert (spectrum.adduct, spectrum.polarity) == ("[M+H]+", "positive")
        assert spectrum.title == "Caffeine"


def test_mona_fields_inside_fields(tmp_path: Path) -> None:
    spectrum = one(tmp_path, "a.json", json.dumps([MONA]))
    assert (spectrum.formula, spectrum.smiles) == ("C8H10N4O2", "CN1C=NC2=C1")
    assert spectrum.inchikey == "RYYVLZVUVIJVGH-UHFFFAOYSA-N"
    assert spectrum.collision_energy is not None
    assert (spectrum.collision_energy.value, spectrum.collision_energy.unit) == (35.0, "NCE")


@pytest.mark.parametrize(
    "write",
    [
        lambda records: json.dumps(records, indent=2),
        lambda records: "\n".join(json.dumps(record) for record in records),
        lambda records: json.dumps({"spectra": records}),
        lambda records: "\ufeff" + json.dumps(records),
    ],
    ids=["indented", "lines", "wrapped", "byte order mark"],
)
def test_lists_in_many_layouts(tmp_path: Path, write: Any) -> None:
    spectra, problems = read_text(tmp_path, "a.json", write([MATCHMS] * 3000))
    assert len(spectra) == 3000
    assert problems == []


def test_a_single_object(tmp_path: Path) -> None:
    assert len(one(tmp_path, "a.json", json.dumps(MATCHMS, indent=1))) == 2


def test_peaks_as_objects(tmp_path: Path) -> None:
    peaks = [{"mz": 200.5, "intensity": 20}, {"mz": 100.5, "intensity": 10}]
    spectrum = one(tmp_path, "a.json", json.dumps({"precursor_mz": 5, "peaks": peaks}))
    assert peaks_of(spectrum) == [(100.5, 10.0), (200.5, 20.0)]


@pytest.mark.parametrize(
    "bad",
    [
        '{"peaks": [[1, 2]], "precursor_mz": 5,,}',
        '{"peaks": [[1, 2], "precursor_mz": 5}',
        '{"peaks": [[1, 2]] "precursor_mz": 5}',
        '{"peaks": [[1, "x"]], "precursor_mz": 5}',
        '{"peaks": [[1]], "precursor_mz": 5}',
        '{"mz": [1, 2], "intensities": [1]}',
        '{"peaks_json": "[[1, 2], [3", "precursor_mz": 5}',
        '{"spectrum": "100:1 abc"}',
        '{"name": "no peaks"}',
        "17",
    ],
)
def test_a_bad_record_costs_itself(tmp_path: Path, bad: str) -> None:
    good = json.dumps(MATCHMS)
    spectra, problems = read_text(tmp_path, "a.json", f"[{good},\n{bad},\n{good}]")
    assert len(spectra) == 2
    (problem,) = problems
    assert (problem.kind, problem.skipped) == ("error", 1)
    assert "line 2" in problem.where
    assert "spectrum 2" in problem.where


def test_a_truncated_file_names_line_and_column(tmp_path: Path) -> None:
    good = json.dumps(MATCHMS)
    spectra, problems = read_text(tmp_path, "a.json", f"[{good},\n{good},\n{good[:60]}")
    assert len(spectra) == 2
    (problem,) = problems
    assert (problem.kind, problem.skipped) == ("error", 1)
    assert "line 3, column" in problem.cause


def test_a_list_without_end_loses_nothing(tmp_path: Path) -> None:
    spectra, problems = read_text(tmp_path, "a.json", f"[{json.dumps(MATCHMS)}")
    assert len(spectra) == 1
    assert [problem.skipped for problem in problems] == [0]


def test_nesting_is_bounded(tmp_path: Path) -> None:
    deep = '{"peaks": [[1, 2]], "x": ' + "[" * 200 + "]" * 200 + "}"
    spectra, problems = read_text(tmp_path, "a.json", f"[{deep}, {json.dumps(MATCHMS)}]")
    assert len(spectra) == 1
    assert "nested deeper than 64" in problems[0].cause
    path = tmp_path / "b.json"
    path.write_text('[{"peaks":' + "[" * 200_000)
    assert all(item.skipped for item in read(path) if hasattr(item, "skipped"))


def test_numbers_that_are_none_and_half_characters(tmp_path: Path) -> None:
    numbers = '"mz": [100, NaN, null], "intensities": [1, 2, 3], "precursor_mz": 5'
    text = "[{" + numbers + ', "name": "a\\ud800"}]'
    spectra, problems = read_text(tmp_path, "a.json", text)
    assert spectra[0].title == "a\ufffd"
    assert spectra[0].title.encode()
    assert len(spectra[0]) == 1
    assert any("NaN" in problem.cause for problem in problems)


def test_latin_1_in_json(tmp_path: Path) -> None:
    text = json.dumps([{**MATCHMS, "compound_name": "Café"}], ensure_ascii=False)
    spectra, problems = read_text(tmp_path, "a.json", text.encode("latin-1"))
    assert spectra[0].title == "Café"
    assert "not UTF-8" in problems[0].cause


def test_json_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[1, 2, 3]")
    report = check(path)
    assert (report.status, report.loaded) == ("error", 0)
