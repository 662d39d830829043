"""Formulas that records state, beside their precursors."""

import numpy as np
import pytest

from msgui.chemistry.record_formula import formula_doubt
from msgui.spectra.spectrum import Spectrum


@pytest.mark.parametrize(
    ("formula", "adduct", "mz", "words"),
    [
        ("C8H10N4O2", "[M+H]+", 195.0877, None),
        ("C8H10N4O2", "[M+Na]+", 217.0696, None),
        ("C8H10N4O2", "[M+H]+", 195.0977, "contradicts"),
        ("C8H10N4O2", None, 300.0, None),
        ("C8H10N4O2", None, 70.0, None),
        ("C40H10N4O2", None, 70.0, "heavier"),
        ("C999999999", None, 195.0877, "heavier"),
        ("C8H10N4O2", "[M+H]+", None, None),
        ("C8H10N4O2", "something", 300.0, None),
        (None, "[M+H]+", 195.0877, None),
        ("nonsense", "[M+H]+", 195.0877, "impossible"),
        ("CH4", "[M-H2O+H]+", 195.0877, "impossible"),
    ],
)
def test_doubts(
    formula: str | None, adduct: str | None, mz: float | None, words: str | None
) -> None:
    spectrum = Spectrum(
        np.array([100.0]), np.array([1.0]), precursor_mz=mz, adduct=adduct, formula=formula
    )
    doubt = formula_doubt(spectrum)
    assert (doubt is None) if words is None else (doubt is not None and words in doubt[0])
