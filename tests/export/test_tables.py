"""Tables: columns are a contract, numbers have fixed formats, text stays in its cell."""

import csv
import io
import locale

import pytest
from small_annotations import annotation, candidate, spectrum

from msgui.annotation import Annotation
from msgui.export.tables import TABLES, Table, number, significant, words

COLUMNS = {
    "spectra": "spectrum_id file index title precursor_mz adduct charge polarity "
    "collision_energy_ev instrument peaks formula formula_source formula_chance candidates "
    "top_chance model trust status message mass_offset_ppm mass_spread_ppm mass_error_peaks "
    "verdict confidence confidence_top5 accepted_at_percent_error",
    "formulas": "spectrum_id rank formula adduct error_ppm explained_peaks explained_intensity "
    "isotope_score score probability",
    "peaks": "spectrum_id mz intensity relative_intensity formula charge error_ppm label "
    "neutral_loss fragment_smiles atoms bonds_cut hydrogen_shift rule seen_in_training "
    "alternatives override note plausibility alternative_plausibilities isotope isotope_of_mz "
    "added adduct_atoms radical carries",
    "candidates": "spectrum_id rank inchikey14 smiles name formula source score model_score "
    "baseline_score baseline_rank blind_rank explained_peaks explained_intensity "
    "isomer_percentile tied_with forward_score from_model from_baseline from_memory "
    "from_explanation from_forward",
    "trust": "spectrum_id check state value sentence auroc auroc_low auroc_high auroc_spectra",
}


def rows(table: Table, one: Annotation) -> list[dict[str, str]]:
    text = table.header() + table.text("id 1", one)
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def table(name: str) -> Table:
    return next(t for t in TABLES if t.name == name)


@pytest.mark.parametrize("name", list(COLUMNS))
def test_columns_are_the_contract(name: str) -> None:
    assert list(table(name).columns) == COLUMNS[name].split()
    for row in rows(table(name), annotation()):
        assert None not in row
        assert None not in row.values()


def test_values() -> None:
    (spectrum_row,) = rows(table("spectra"), annotation())
    assert spectrum_row["file"] == "some file.mgf"
    assert spectrum_row["precursor_mz"] == "195.08770"
    assert spectrum_row["collision_energy_ev"] == "35.00"
    assert spectrum_row["trust"] == "conditions=ok;spectrum matters=unknown"
    peak = rows(table("peaks"), annotation())[3]
    assert peak["atoms"] == "0,1,2,3"
    assert peak["bonds_cut"] == "3,7"
    assert peak["hydrogen_shift"] == "1"
    assert peak["seen_in_training"] == "yes"
    assert rows(table("peaks"), annotation())[2]["error_ppm"] == ""
    first, second = rows(table("candidates"), annotation())
    assert (first["rank"], first["tied_with"]) == ("1", "0")
    assert second["tied_with"] == "1"
    assert first["blind_rank"] == ""


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_spreadsheets_do_not_calculate_titles(sign: str) -> None:
    title = f"{sign}HYPERLINK(1)"
    (row,) = rows(table("spectra"), annotation(spectrum=spectrum(title=title)))
    assert not row["title"].startswith(sign)
    assert "HYPERLINK" in row["title"]


@pytest.mark.parametrize("title", ["a\tb\nc", "null\x00", "\u2028line", 'quote"s', "\ud800"])
def test_text_stays_in_its_cell(title: str) -> None:
    (row,) = rows(table("spectra"), annotation(spectrum=spectrum(title=title)))
    assert list(row) == COLUMNS["spectra"].split()
    words(title).encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (float("inf"), ""),
        (-0.0001, "0.00"),
        (1.005, "1.00"),
        (2, "2.00"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value, 2) == text


def test_numbers_have_a_point_in_every_locale() -> None:
    before = locale.setlocale(locale.LC_NUMERIC)
    try:
        for name in ("de_DE.UTF-8", "de_DE", "tr_TR.UTF-8"):
            try:
                locale.setlocale(locale.LC_NUMERIC, name)
            except locale.Error:
                continue
        assert number(1234.5, 1) == "1234.5"
        assert significant(0.00012345678) == "0.000123457"
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def test_empty_annotation_has_one_row_and_no_more() -> None:
    one = Annotation(spectrum(), status="failed", message="no peaks")
    assert len(rows(table("spectra"), one)) == 1
    for name in ("formulas", "peaks", "candidates", "trust"):
        assert rows(table(name), one) == []


def test_missing_scores_are_empty() -> None:
    one = annotation(
        candidates=(candidate(model_score=None, baseline_score=None, isomer_percentile=None),)
    )
    (row,) = rows(table("candidates"), one)
    assert row["model_score"] == row["baseline_score"] == row["isomer_percentile"] == ""
