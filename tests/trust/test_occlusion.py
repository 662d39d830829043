"""Each peak is left out once, and what the answer loses without it is its share."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from msgui.prediction.agreement import bits_of, log_likelihood
from msgui.trust.occlusion import MOST_PEAKS, Occlusion, occlude
from msgui.trust.subject import NotComputedError
from tests.trust.test_verdict import PURINES, caffeine, opened


def test_the_share_of_a_peak_is_what_is_lost_without_it(tmp_path: Path) -> None:
    model = opened(tmp_path)
    answer = caffeine(model)
    found = occlude(answer, model)
    assert found.peaks.tolist() == [0, 1, 2, 3]
    bits = bits_of([PURINES[0]])
    for place in range(4):
        kept = np.arange(4) != place
        spectrum = answer.spectrum.with_(
            mz=answer.spectrum.mz[kept], intensity=answer.spectrum.intensity[kept]
        )
        again = model.predict([spectrum], [answer.formula], [answer.adduct])[0]
        lost = log_likelihood(found.full, bits) - log_likelihood(again.probability, bits)
        assert found.carried(bits[0])[place] == pytest.approx(lost[0])


def test_a_model_that_sees_no_peaks_rests_on_none(tmp_path: Path) -> None:
    model = opened(tmp_path, sees_peaks=False)
    found = occlude(caffeine(model), model)
    assert np.abs(found.carried(bits_of([PURINES[0]])[0])).max() < 1e-3


def test_lead_and_bits_are_differences() -> None:
    full = np.array([0.8, 0.3], np.float32)
    without = np.array([[0.5, 0.3], [0.8, 0.6]], np.float32)
    found = Occlusion(np.array([1, 4]), full, without)
    assert found.changes(0) == pytest.approx([0.3, 0.0])
    assert found.changes(1) == pytest.approx([0.0, -0.3])
    one, other = np.array([1, 0], np.uint8), np.array([0, 1], np.uint8)
    lead = found.carried(one) - found.carried(other)
    assert found.carried_lead(one, other) == pytest.approx(lead)
    spread = found.at_peak(np.array([2.0, 3.0]), 6)
    assert np.isnan(spread[[0, 2, 3, 5]]).all()
    assert spread[[1, 4]].tolist() == [2.0, 3.0]


def test_only_the_strongest_peaks_are_left_out(tmp_path: Path) -> None:
    model = opened(tmp_path)
    answer = caffeine(model)
    mz = np.linspace(50, 190, 100)
    many = replace(answer, spectrum=answer.spectrum.with_(mz=mz, intensity=np.arange(1.0, 101)))
    assert occlude(many, model).peaks.tolist() == list(range(100 - MOST_PEAKS, 100))


def test_nothing_to_leave_out(tmp_path: Path) -> None:
    model = opened(tmp_path)
    with pytest.raises(NotComputedError, match="no prediction"):
        occlude(caffeine(None), model)
    answer = caffeine(model)
    single = answer.spectrum.with_(mz=np.array([138.0]), intensity=np.array([1.0]))
    with pytest.raises(NotComputedError, match="only peak"):
        occlude(replace(answer, spectrum=single), model)
