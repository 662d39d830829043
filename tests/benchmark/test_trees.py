"""Boosted trees learn which fragments are high."""

import numpy as np
import pytest

from msgui.benchmark.queries import Query, find_queries
from msgui.benchmark.trees import learn_trees
from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.prediction.forward import conditions_for
from msgui.spectra.likeness import square_root_cosine
from msgui.spectra.spectrum import Spectrum
from tests.tiny_forward import forward_model

pytest.importorskip("sklearn")
ETHERS = ["CCOCCC", "CCCOCCC", "CCOCCCC", "CCCCOCCC", "CCOC(C)C", "CCCCOCCCC", "CCOCCCCC"]


def query(smiles: str) -> Query:
    """Return a spectrum that a made-up model gives: something there is to learn."""
    conditions = conditions_for(smiles, "[M+H]+", 20.0)
    found = forward_model().expected(smiles, "[M+H]+", conditions)
    spectrum = Spectrum(found.mz, found.intensity, precursor_mz=conditions.precursor_mz)
    return Query(spectrum, "", "[M+H]+", smiles, smiles)


def test_what_was_learned_is_predicted_for_another_molecule() -> None:
    steps = learn_trees([query(smiles) for smiles in ETHERS[1:]], seed=1)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            method = end.value
            break
    asked = query(ETHERS[0])
    assert asked.spectrum.precursor_mz is not None
    mz, intensity = method(asked, asked.spectrum.precursor_mz)
    assert np.all(np.diff(mz) >= 0)
    measured = asked.spectrum.mz, asked.spectrum.intensity
    learned = square_root_cosine(*measured, mz, intensity)
    assert learned > square_root_cosine(*measured, mz, np.ones_like(intensity)) + 0.05


def test_nothing_to_learn_from_is_named(library: Library) -> None:
    bare = [
        Query(q.spectrum.with_(precursor_mz=None), q.formula, q.adduct, q.smiles, q.inchikey14)
        for q in find_queries(library, library.accessions, 2)
    ]
    with pytest.raises(MsguiError, match="nothing to learn from"):
        list(learn_trees(bare))
