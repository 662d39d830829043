"""The tables, the codes, and what a plausible explanation is worth."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from msgui.chemistry.formula import ELEMENTS, Formula
from msgui.chemistry.fragment_model import Explained, LogOdds, codes, fragment_model, pooled

COLUMNS = tuple(range(len(ELEMENTS)))


def counts(*formulas: str) -> np.ndarray:
    return np.array([Formula.parse(text).counts for text in formulas], dtype=np.int16)


def test_tables_are_read_and_unknown_compositions_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_text("formula\tlog_odds\nH2O\t1.50\nCO\t-0.25\n", encoding="utf-8")
    table = LogOdds.load(path)
    values, known = table.of(codes(counts("CO", "C7H7", "H2O"), COLUMNS))
    assert values.tolist() == [-0.25, 0.0, 1.5]
    assert known.tolist() == [True, False, True]


def test_codes_do_not_depend_on_the_columns() -> None:
    wide = counts("C8H10N4O2", "C6H5Cl")
    columns = (0, 1, 7, 2, 3)
    assert (codes(wide, COLUMNS) == codes(wide[:, list(columns)], columns)).all()


@given(st.lists(st.integers(0, 60), min_size=10, max_size=10), st.integers(0, 9))
def test_codes_tell_neighbors_apart(numbers: list[int], place: int) -> None:
    one = np.array([numbers], dtype=np.int16)
    other = one.copy()
    other[0, place] += 1
    columns = tuple(range(10))
    assert codes(one, columns)[0] != codes(other, columns)[0]


def test_contributions_are_weighted_by_intensity_and_number() -> None:
    explained = Explained(
        peak=np.array([0, 1, 1]),
        ion=np.array([0, 0, 1]),
        part=np.zeros((3, 1), np.int16),
        loss=np.zeros((3, 1), np.int16),
        deviation=np.zeros(3),
        certain=np.zeros(3),
    )
    outputs = np.array([[1.0, 2.0], [1.0, 0.0], [4.0, 0.0]])
    score = pooled(outputs, explained, np.array([3.0, 1.0, 0.0, 0.0]), 3)
    assert score.tolist() == [1.0 * 0.75 + 1.0 * 0.25 + 2.0 / 2, 4.0 * 0.25, 0.0]


def test_what_was_learned_is_what_chemists_know() -> None:
    model = fragment_model()
    common, known = model.losses.of(codes(counts("H2O", "CO", "CH3", "C2H2O"), COLUMNS))
    odd, _ = model.losses.of(codes(counts("C3", "C2N"), COLUMNS))
    assert known.all()
    assert common.min() > odd.max()
    benzyl, known = model.ions.of(codes(counts("C7H7", "C7H5O"), COLUMNS))
    assert known.all()
    assert (benzyl > 0).all()
