"""Fused fingerprints, on relatives few enough to count the votes by hand."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from msgui.chemistry.formula import Formula
from msgui.chemistry.molecule import standardize, unpack
from msgui.prediction.agreement import bits_of
from msgui.prediction.fusion import (
    Fusion,
    Relatives,
    RelativesOf,
    fuse,
    near_formulas,
    votes_of,
)
from msgui.structures.store import StructureStore

PENTANOL, ISOMER, BUTANOL, HEXANOL = "CCCCCO", "CCC(O)CC", "CCCCO", "CCCCCCO"
FAR = "c1ccccc1Cl"
FUSION = Fusion(12.0, 24.0, (1, 0.5, 0.25, -0.1), (1, 0.5, 0, 0), (1, 0, 0.25, 0), 0.3)


@pytest.fixture
def store(tmp_path: Path) -> StructureStore:
    found = sorted(
        (standardize(text) for text in (PENTANOL, ISOMER, BUTANOL, HEXANOL, FAR)),
        key=lambda clean: clean.exact_mass,
    )
    names = ("smiles", "inchikey14", "formula", "exact_mass")
    table = pa.table({name: [getattr(clean, name) for clean in found] for name in names})
    parquet.write_table(table, tmp_path / "store.parquet")
    return StructureStore.open(tmp_path / "store.parquet")


def key(smiles: str) -> str:
    return standardize(smiles).inchikey14


def predicted(smiles: str) -> np.ndarray:
    return np.where(bits_of([smiles])[0] > 0, 0.8, 0.01).astype(np.float32)


def test_relatives_are_isomers_and_compounds_of_near_formulas(store: StructureStore) -> None:
    found = RelativesOf(store)("C5H12O")
    assert set(found.isomer_keys) == {key(PENTANOL), key(ISOMER)}
    assert set(found.near_keys) == {key(BUTANOL), key(HEXANOL)}
    rows = [found.near_keys.tolist().index(key(HEXANOL))]
    assert (unpack(found.near[rows]) == bits_of([HEXANOL])).all()
    assert not len(found.without_isomers().isomers)


def test_near_formulas_are_possible_and_differ() -> None:
    for formula in ("C8H10N4O2", "CH4", "H2O"):
        near = near_formulas(formula)
        assert formula not in near
        assert len(set(near)) == len(near)
        assert all(min(Formula.parse(text).counts) >= 0 for text in near)
    assert "C7H8N4O2" in near_formulas("C8H10N4O2")


def test_the_sharper_the_vote_the_more_the_best_isomer_counts(store: StructureStore) -> None:
    relatives = RelativesOf(store)("C5H12O")
    probability = predicted(PENTANOL)
    only_pentanol = (bits_of([PENTANOL])[0] > 0) & (bits_of([ISOMER])[0] == 0)
    flat, sharp = votes_of(probability, relatives, [(0.0, 0.0), (12.0, 12.0)])
    assert (flat.isomers, flat.near) == (2, 2)
    assert flat.of_isomers[only_pentanol] == pytest.approx(0.5)
    assert (sharp.of_isomers[only_pentanol] > 0.9).all()


def test_a_structure_that_is_left_out_has_no_vote(store: StructureStore) -> None:
    relatives = RelativesOf(store)("C5H12O")
    (votes,) = votes_of(predicted(PENTANOL), relatives, [(12.0, 12.0)], {key(PENTANOL)})
    assert votes.isomers == 1
    assert (votes.of_isomers > 0).tolist() == (bits_of([ISOMER])[0] > 0).tolist()


def test_log_odds_are_added_with_their_coefficients(store: StructureStore) -> None:
    relatives = RelativesOf(store)("C5H12O")
    probability = predicted(PENTANOL)
    (votes,) = votes_of(probability, relatives, [(12.0, 24.0)])
    bit = int(np.flatnonzero(bits_of([PENTANOL])[0])[0])

    def odds(share: float) -> float:
        bounded = min(max(float(share), 0.001), 0.999)
        return float(np.log(bounded / (1 - bounded)))

    expected = odds(0.8) + 0.5 * odds(votes.of_isomers[bit]) + 0.25 * odds(votes.of_near[bit]) - 0.1
    assert odds(fuse(probability, relatives, FUSION)[bit]) == pytest.approx(expected, abs=1e-4)


def test_without_relatives_the_prediction_stays_as_it_is() -> None:
    nothing = Relatives(*(np.zeros((0, 512), np.uint8), np.zeros(0, "<U14")) * 2)
    probability = predicted(PENTANOL)
    assert (fuse(probability, nothing, FUSION) == probability).all()


def test_the_order_of_the_structures_has_no_influence(store: StructureStore) -> None:
    found = RelativesOf(store)("C5H12O")
    turned = Relatives(
        found.isomers[::-1], found.isomer_keys[::-1], found.near[::-1], found.near_keys[::-1]
    )
    probability = predicted(ISOMER)
    assert fuse(probability, turned, FUSION) == pytest.approx(
        fuse(probability, found, FUSION), abs=1e-6
    )


def test_weights_come_back_from_a_card() -> None:
    assert Fusion.from_card({}) is None
    assert Fusion.from_card({"fusion": FUSION.as_dict() | {"fitted_on": "text"}}) == FUSION
