"""The molecule's half of a two-headed model runs on arrays alone."""

from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction.molecule_encoder import MoleculeEncoder


def encoder(bits: int = 4096) -> MoleculeEncoder:
    random = np.random.default_rng(0)
    return MoleculeEncoder(
        first=random.integers(-127, 128, (16, bits)).astype(np.int8),
        first_scale=np.full(16, 0.02, np.float32),
        first_bias=np.zeros(16, np.float32),
        second=random.integers(-127, 128, (8, 16)).astype(np.int8),
        second_scale=np.full(8, 0.02, np.float32),
        second_bias=np.zeros(8, np.float32),
    )


def test_places_are_of_unit_length_and_do_not_depend_on_the_batch() -> None:
    bits = np.random.default_rng(1).integers(0, 2, (5, 4096)).astype(np.uint8)
    together = encoder().embed(bits)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.allclose(together[2:3], encoder().embed(bits[2:3]), atol=1e-5)


def test_the_molecule_at_the_place_of_the_spectrum_scores_one() -> None:
    from msgui.prediction.agreement import bits_of

    model = encoder()
    place = model.embed(bits_of(["CCOC"]))[0]
    scores = model.scores(place, ["CCCO", "CCOC", "no molecule"])
    assert scores[1] == pytest.approx(1.0, abs=1e-5)
    assert scores[0] < scores[1]
    assert scores[2] == 0.0


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    encoder().save(tmp_path / "molecules.npz")
    again = MoleculeEncoder.load(tmp_path / "molecules.npz")
    assert np.array_equal(again.first, encoder().first)


def test_a_damaged_file_says_why(tmp_path: Path) -> None:
    path = tmp_path / "molecules.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(MsguiError, match="cannot be used"):
        MoleculeEncoder.load(path)
    encoder().save(path)
    with pytest.raises(MsguiError, match="SHA-256"):
        MoleculeEncoder.load(path, "0" * 64)
    np.savez(path, first=np.zeros((2, 3), np.int8))
    with pytest.raises(MsguiError, match="cannot be used"):
        MoleculeEncoder.load(path)
