"""Weights of evidence: one set for each combination, from a file that says where they come from."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.prediction.weights import (
    KINDS,
    Weights,
    bundled_weights,
    read_weights,
    sets_of,
    write_weights,
)


def test_every_set_of_evidence_has_weights_that_sum_to_one() -> None:
    weights = bundled_weights()
    assert len(sets_of()) == 2 ** len(KINDS) - 1
    for kinds in sets_of():
        found = weights.of(kinds)
        assert set(found) == set(kinds)
        assert sum(found.values()) == pytest.approx(1, abs=1e-3)
        assert min(found.values()) >= 0
    assert weights.relative <= set(KINDS)


def test_weights_are_written_and_read(tmp_path: Path) -> None:
    sets = {frozenset({"model", "forward"}): {"model": 0.25, "forward": 0.75}}
    told = Weights(sets, frozenset({"forward"}), fitted={"molecules": 12})
    write_weights(told, tmp_path / "one.json")
    write_weights(told, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    found = read_weights(tmp_path / "one.json")
    assert (found.sets, found.relative, found.fitted) == (told.sets, told.relative, told.fitted)
    assert len(found.sha256) == 64


def test_a_set_that_was_not_fitted_counts_its_kinds_alike() -> None:
    assert Weights().of(("forward", "model")) == {"model": 0.5, "forward": 0.5}


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"measure": "cosine", "relative": [], "sets": [{"model": -1.0}]}'],
)
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "weights.json").write_text(text)
    with pytest.raises(MsguiError, match="weight"):
        read_weights(tmp_path / "weights.json")
