"""The bundled samples are what their source says, and every fragment may come from its ion."""

import tomllib

import pytest

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.molecule import standardize
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from tests.build_samples import SAMPLES, samples_mgf

COMPOUNDS = tomllib.loads((SAMPLES / "textbook.toml").read_text(encoding="utf-8"))["compound"]


def test_file_is_what_the_source_says() -> None:
    assert (SAMPLES / "textbook.mgf").read_text(encoding="utf-8") == samples_mgf()


@pytest.mark.parametrize("compound", COMPOUNDS, ids=lambda c: c["name"])
def test_fragments_belong_to_the_compound(compound: dict) -> None:
    formula = Formula.parse(compound["formula"])
    ion = parse_adduct(compound["adduct"]).ion_formula(formula)
    assert standardize(compound["smiles"]).formula == compound["formula"]
    assert [f for f in compound["peaks"] if not ion.contains(Formula.parse(f))] == []


def test_samples_load_without_a_remark() -> None:
    found = list(read(SAMPLES / "textbook.mgf"))
    assert all(isinstance(item, Spectrum) for item in found)
    assert len(found) == len(COMPOUNDS) >= 20
    assert {s.polarity for s in found if isinstance(s, Spectrum)} == {"positive", "negative"}
