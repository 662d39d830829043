"""Formulas of annotated records are found again, whatever the order of elements."""

import numpy as np

from msgui.chemistry.formula import ELEMENT_INDEX, Formula
from msgui.chemistry.known_formulas import codes, is_known_ion, is_known_loss

COLUMNS = tuple(ELEMENT_INDEX[symbol] for symbol in ("H", "O", "C", "N", "Se"))


def counts(*formulas: str) -> np.ndarray:
    return np.array([np.array(Formula.parse(text).counts)[list(COLUMNS)] for text in formulas])


def test_common_ions_and_losses_are_known() -> None:
    assert is_known_ion(counts("C7H7", "C6H5O", "C3H99O7"), COLUMNS).tolist() == [True, True, False]
    assert is_known_loss(counts("H2O", "CO", "C50H3N9"), COLUMNS).tolist() == [True, True, False]


def test_codes_do_not_depend_on_columns_and_differ() -> None:
    other = tuple(reversed(COLUMNS))
    rows = counts("C7H7", "C6H5O", "H2O", "CO", "C8H10N4O2")
    assert codes(rows, COLUMNS).tolist() == codes(rows[:, ::-1], other).tolist()
    assert len(set(codes(rows, COLUMNS).tolist())) == 5


def test_what_has_no_code_is_not_known() -> None:
    rows = counts("C7H7Se", "C300H2")
    assert codes(rows, COLUMNS).tolist() == [-1, -1]
    assert not is_known_ion(rows, COLUMNS).any()
