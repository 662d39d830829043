"""Ions of pieces: one for each formula, the precursor left out."""

import numpy as np

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.fragments.ions import ion_forms
from msgui.prediction.expected_ions import found_at, ion_members, ion_sums
from msgui.prediction.piece_features import pieces_of, tables_of


def members(smiles: str, below: float = np.inf):
    pieces = pieces_of(tables_of(smiles), 2)
    (form,) = ion_forms(parse_adduct("[M+H]+"))
    return pieces, ion_members(
        pieces.mass,
        pieces.hydrogens,
        pieces.capacity,
        8,
        form.mass_beside_piece,
        1,
        0,
        form.room,
        form.ceiling,
        below,
    )


def test_ethanol_gives_its_ions() -> None:
    _, (mz, place, ion) = members("CCO")
    assert np.all(np.diff(mz) > 0)
    assert place.size == ion.size
    for text in ("C2H5", "C2H7O", "CH3O"):
        assert np.abs(mz - (Formula.parse(text).mass - 0.000548579909)).min() < 1e-6


def test_ions_at_the_precursor_are_left_out() -> None:
    _, (mz, _, _) = members("CCO", below=46.5)
    assert mz.max() < 46.5


def test_pieces_of_one_formula_add_up() -> None:
    pieces, (mz, place, ion) = members("CCCC")
    abundance = np.ones((len(pieces), 8), np.float32)
    total, best = ion_sums(place, ion, mz.size, abundance)
    assert total.sum() == place.size
    assert total.max() >= 2
    assert np.all(np.isin(best, place))
    abundance[3] = 5
    _, best = ion_sums(place, ion, mz.size, abundance)
    assert 3 in best // 8


def test_found_within_tolerance() -> None:
    found = found_at(
        np.array([100.0, 150.0]),
        np.array([0.001, 0.001]),
        np.array([99.9995, 100.0005, 120.0]),
        np.array([1.0, 2.0, 4.0]),
    )
    assert found.tolist() == [3.0, 0.0]
