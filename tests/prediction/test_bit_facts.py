"""What is known of each bit, counted on compounds that a model did not learn from."""

from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.bit_facts import BitFacts, measure_bits


def measured() -> BitFacts:
    # Two spectra of the first compound weigh as much as the one of the second.
    return measure_bits(
        np.array([[0.9, 0.1, 0.9], [0.1, 0.1, 0.9], [0.9, 0.1, 0.1]], np.float32),
        np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]], np.uint8),
        np.array([0.5, 0.5, 1.0]),
        np.array([7, 7, 9]),
        np.array([[1, 0, 1], [1, 0, 0]], np.uint8),
        0.5,
    )


def test_counts_and_f1() -> None:
    facts = measured()
    assert facts.positives.tolist() == [2, 0, 1]
    assert facts.tested.tolist() == [1, 1, 0]
    # Bit 0: right 0.5, said 1.5, there 1.0.
    assert facts.f1[0] == pytest.approx(2 * 0.5 / 2.5)
    assert facts.f1[1] == 0.0
    assert np.isnan(facts.f1[2])


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bits.npz"
    measured().save(path)
    again = BitFacts.load(path)
    assert np.allclose(again.f1, measured().f1, atol=1e-3, equal_nan=True)
    assert again.positives.tolist() == measured().positives.tolist()
    with pytest.raises(MsguiError, match="SHA-256"):
        BitFacts.load(path, "0" * 64)
    path.write_bytes(b"")
    with pytest.raises(MsguiError, match="cannot be used"):
        BitFacts.load(path)
