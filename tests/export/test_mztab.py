from dataclasses import replace

from msgui.export.mztab import MzTabItem, mztab
from msgui.spectra.spectrum import Origin
from tests.export.small_annotations import annotation, spectrum


def tables_of(text: str) -> dict[str, list[dict[str, str]]]:
    """Return the rows of each table by the names of its columns; metadata under "MTD"."""
    heads = {"SMH": "SML", "SFH": "SMF", "SEH": "SME"}
    columns: dict[str, list[str]] = {"MTD": ["key", "value"]}
    found: dict[str, list[dict[str, str]]] = {}
    for line in text.splitlines():
        kind, *cells = line.split("\t")
        if kind in heads:
            columns[heads[kind]] = cells
        elif kind:
            found.setdefault(kind, []).append(dict(zip(columns[kind], cells, strict=True)))
    return found


def test_every_spectrum_is_a_feature_with_its_evidence() -> None:
    other = annotation(
        spectrum=spectrum(origin=Origin("b.mgf", 0), title="a|b"),
        candidates=(),
        formula="C8H10N4O2",
    )
    unknown = replace(other, formula="", adduct="")
    items = [
        MzTabItem("one", annotation(), {"RYYVLZVUVIJVGH": "2a"}),
        MzTabItem("two", other),
        MzTabItem("three", unknown),
    ]
    text = "".join(mztab(items, "run"))
    found = tables_of(text)
    about = {row["key"]: row["value"] for row in found["MTD"]}
    assert about["mzTab-version"] == "2.0.0-M"
    assert about["ms_run[1]-location"] == "file:///some file.mgf"
    assert about["study_variable[1]-assay_refs"] == "assay[1]| assay[2]"
    best, formula_only, mass_only = found["SML"]
    assert best["database_identifier"] == "inchikey14:RYYVLZVUVIJVGH"
    assert (best["reliability"], best["theoretical_neutral_mass"]) == ("2a", "194.08038")
    assert best["abundance_assay[2]"] == "null"
    assert (formula_only["chemical_formula"], formula_only["reliability"]) == ("C8H10N4O2", "4")
    assert (mass_only["chemical_formula"], mass_only["reliability"]) == ("null", "5")
    assert [row["SME_ID_REFS"] for row in found["SMF"]] == ["1|2", "null", "null"]
    assert found["SMF"][0]["SME_ID_REF_ambiguity_code"] == "1"
    assert [row["rank"] for row in found["SME"]] == ["1", "2"]
    assert found["SME"][0]["spectra_ref"] == "ms_run[1]:index=4"
    assert found["SME"][0]["theoretical_mass_to_charge"] == "195.08765"
    assert all(cell for rows in found.values() for row in rows for cell in row.values())
