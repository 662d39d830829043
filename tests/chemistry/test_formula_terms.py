"""The learned prior: molecules before nonsense, and nothing is ruled out."""

import numpy as np
import pytest

from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.formula_terms import composition, log_prior, prior_inputs

COLUMNS = tuple(range(len(ELEMENTS)))


def prior(*formulas: str) -> np.ndarray:
    counts = np.array([Formula.parse(text).counts for text in formulas], dtype=np.int16)
    return log_prior(composition(counts, COLUMNS))


@pytest.mark.parametrize(
    ("molecule", "nonsense"),
    [
        ("C8H10N4O2", "C3H4F2N8"),  # caffeine
        ("C8H14ClN5", "C4H13ClN5OP"),  # atrazine
        ("C12H4Cl2F6N4OS", "C8H18Cl6N4O2P2"),  # fipronil
        ("C16H18N2O4S", "C5H21F3N8O2S2"),  # penicillin G
        ("C40H80NO8P", "C33H81F5N5OP3"),  # a phosphatidylcholine
    ],
)
def test_molecules_are_likelier_than_nonsense(molecule: str, nonsense: str) -> None:
    values = prior(molecule, nonsense)
    assert values[0] > values[1] + 3


def test_everything_has_some_chance() -> None:
    values = prior("CH4", "H2O", "C60", "C2Cl6", "N8", "C100H202", "HI", "C6H16O6Sn")
    assert np.isfinite(values).all()


def test_a_formula_does_not_depend_on_the_others() -> None:
    alone, together = prior("C8H10N4O2"), prior("C8H10N4O2", "C60", "CH4")
    assert alone[0] == pytest.approx(together[0], abs=1e-12)
    inputs = prior_inputs(composition(np.zeros((1, len(ELEMENTS)), np.int16), COLUMNS))
    assert np.isfinite(inputs).all()
