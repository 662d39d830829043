"""What makes an expected ion high or low."""

from dataclasses import replace

import numpy as np
import pytest

from msgui.prediction.favors import favors
from msgui.prediction.forward import conditions_for
from msgui.prediction.forward_network import PARTS, ForwardNetwork
from msgui.prediction.piece_features import pieces_of, tables_of
from tests.tiny_forward import forward_model

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_parts_add_up_to_the_description() -> None:
    network, tables = forward_model().network, tables_of(CAFFEINE)
    pieces = pieces_of(tables, 2)
    parts = network.parts(tables, pieces)
    assert len(parts) == len(PARTS)
    np.testing.assert_allclose(sum(parts), network.described(tables, pieces), atol=1e-4)


@pytest.mark.parametrize("adduct", ["[M+H]+", "[M+Na]+", "[M-H]-"])
def test_what_favors_an_ion_is_the_network_without_it(adduct: str) -> None:
    model, conditions = forward_model(), conditions_for(CAFFEINE, adduct, 35.0)
    found = model.expected(CAFFEINE, adduct, conditions)
    ions = np.arange(0, len(found), 5)
    reasons = favors(model, CAFFEINE, adduct, conditions, found, ions)
    assert reasons.shape == (ions.size, len(PARTS))
    assert np.abs(reasons).max() > 0.1
    # Scalars without weights cannot favor anything.
    weights = dict(model.network.weights)
    for name in ("scalars.weight", "scalars.bias"):
        weights[name] = np.zeros_like(weights[name])
    plain = replace(model, network=ForwardNetwork(weights))
    found = plain.expected(CAFFEINE, adduct, conditions)
    reasons = favors(plain, CAFFEINE, adduct, conditions, found, np.arange(len(found)))
    assert np.all(reasons[:, 3] == 0)
    assert np.any(reasons[:, 0] != 0)
