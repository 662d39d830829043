"""Library search: by precursor, by formula, and for analogs."""

import numpy as np
import pytest
from reference_spectra import query

from msgui.library.search import MODES, search
from msgui.library.store import Library
from msgui.spectra.spectrum import Spectrum

CAFFEINE_PEAKS = [(138.066, 100.0), (110.071, 40.0), (195.0877, 60.0)]


def accessions(library: Library, matches) -> list[str]:
    return [library.record(match.row)["accession"] for match in matches]


def test_identity_needs_the_precursor(library: Library) -> None:
    matches = search(query(CAFFEINE_PEAKS), library)
    assert accessions(library, matches) == ["A1"]
    assert matches[0].similarity == pytest.approx(1.0)
    assert matches[0].shared_peaks == 3
    assert search(query(CAFFEINE_PEAKS, 300.0), library) == ()
    assert search(query(CAFFEINE_PEAKS, None), library) == ()


def test_all_spectra_of_a_compound_when_asked(library: Library) -> None:
    matches = search(query(CAFFEINE_PEAKS), library, one_per_compound=False)
    assert accessions(library, matches) == ["A1", "A2"]


def test_same_formula(library: Library) -> None:
    spectrum = query([(167.056, 100.0), (138.066, 10.0)], 500.0)
    matches = search(spectrum, library, "formula", formula="C8H10N4O2")
    assert accessions(library, matches) == ["B1", "A1"]
    assert search(spectrum, library, "formula", formula=None) == ()


def test_analogs_match_with_their_shift(library: Library) -> None:
    # Theobromine's water loss (163.061), carried by a homologue 14.01565 Da heavier.
    peaks = [(138.066, 100.0), (177.0767, 30.0)]
    best = search(query(peaks), library, "analog")[0]
    assert accessions(library, [best]) == ["C1"]
    assert best.shared_peaks == 2
    assert best.shift == pytest.approx(14.0157, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_the_other_polarity_is_never_matched(library: Library, mode) -> None:
    negative = Spectrum(
        np.array([93.0346, 137.0244]), np.array([100.0, 20.0]), precursor_mz=137.0244
    )
    found = {
        polarity: search(negative.with_(polarity=polarity), library, mode, formula="C7H6O3")
        for polarity in ("negative", "positive", None)
    }
    assert accessions(library, found["negative"]) == ["D1"]
    assert "D1" not in accessions(library, found["positive"])
    assert accessions(library, found[None])[0] == "D1"


def test_molecules_can_be_left_out(library: Library) -> None:
    matches = search(query(CAFFEINE_PEAKS), library, "analog", exclude={"RYYVLZVUVIJVGH"})
    assert "A1" not in accessions(library, matches)


def test_a_spectrum_without_peaks_finds_nothing(library: Library) -> None:
    empty = Spectrum(np.array([]), np.array([]), precursor_mz=195.0877)
    assert search(empty, library, "analog") == ()
