"""Identification levels: what the evidence on screen supports."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from msgui.identification import LEVEL_CODES, suggested_level
from msgui.prediction.values import Neighbour

CAFFEINE = SimpleNamespace(structure=SimpleNamespace(inchikey14="RYYVLZVUVIJVGH"))
MATCH = Neighbour("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "RYYVLZVUVIJVGH", "C8H10N4O2", 0.9, "library", True)


def test_the_levels_of_the_paper():
    assert LEVEL_CODES == ("1", "2a", "2b", "3", "4", "5")


@pytest.mark.parametrize(
    ("neighbours", "level"),
    [
        ((), "3"),
        ((MATCH,), "2a"),
        ((replace(MATCH, similarity=0.6),), "3"),
        ((replace(MATCH, kind="memory"),), "3"),
        ((replace(MATCH, inchikey14="AAAAAAAAAAAAAA"),), "3"),
    ],
)
def test_only_a_library_spectrum_of_the_same_compound_gives_more_than_tentative(neighbours, level):
    assert suggested_level(SimpleNamespace(neighbours=neighbours), CAFFEINE) == level
