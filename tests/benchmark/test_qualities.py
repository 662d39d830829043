"""What spectra of a benchmark have in common."""

import numpy as np
import pytest

from msgui.benchmark.qualities import laboratory, qualities_of
from msgui.benchmark.queries import Query
from msgui.spectra.spectrum import Spectrum


@pytest.mark.parametrize(
    ("accession", "name"),
    [("MSBNK-Eawag-EQ300801", "Eawag"), ("S1_20", "not known"), ("", "not known")],
)
def test_laboratory_stands_in_the_accession(accession: str, name: str) -> None:
    assert laboratory(accession) == name


def test_numbers_fall_into_bands() -> None:
    spectrum = Spectrum(
        np.array([50.0, 60.0]), np.array([1.0, 2.0]), precursor_mz=350.0, instrument="Q Exactive"
    )
    query = Query(spectrum, "C6H6", "[M+H]+", "c1ccccc1", "UHOVQNZJYSORNB")
    assert qualities_of(query, 100) == {
        "laboratory": "not known",
        "adduct": "[M+H]+",
        "analyzer": "orbitrap",
        "collision energy": "not known",
        "precursor": "m/z 350 to 500",
        "peaks": "below 5",
        "candidates": "from 100",
    }
