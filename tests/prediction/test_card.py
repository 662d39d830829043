"""Cards: what they must say, and what is said when they do not."""

import json
from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.prediction.card import Card

RECORD = {
    "name": "tiny",
    "version": "1",
    "task": "fingerprint",
    "inputs": {"mz": ["batch", "peaks"], "intensity": ["batch", "peaks"]},
    "fingerprint": {"kind": "morgan", "radius": 2, "bits": 4096},
    "threshold": 0.3,
    "files": {"model.onnx": "00"},
    "adducts": ["[M+H]+", "other"],
}


def write(folder: Path, **changes: object) -> Path:
    record = {key: value for key, value in {**RECORD, **changes}.items() if value is not None}
    (folder / "card.json").write_text(json.dumps(record))
    return folder


def test_a_card_is_read_with_its_folder(tmp_path: Path) -> None:
    card = Card.load(write(tmp_path))
    assert card.folder == tmp_path
    assert card.inputs["mz"] == ("batch", "peaks")
    assert card.adducts == ("[M+H]+", "other")
    assert (card.bits, card.threshold, card.max_peaks) == (4096, 0.3, 64)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    card = Card.load(write(tmp_path, scores=[{"data": "test", "jaccard": 0.4}]))
    other = tmp_path / "copy"
    other.mkdir()
    card.save(other)
    assert Card.load(other).as_dict() == card.as_dict()


def test_missing_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="lacks threshold, files"):
        Card.load(write(tmp_path, threshold=None, files=None))


def test_inputs_that_nobody_can_fill_are_refused_with_both_lists(tmp_path: Path) -> None:
    folder = write(tmp_path, inputs={"mz": ["batch"], "retention_time": ["batch"]})
    with pytest.raises(MsguiError, match="cannot fill: retention_time") as caught:
        Card.load(folder)
    assert "precursor_mz" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["{", "[]", '"card"', json.dumps({**RECORD, "threshold": "high"}), "\ufffe"]
)
def test_what_is_no_card_is_said_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text, encoding="utf-8")
    with pytest.raises(MsguiError, match=r"card\.json"):
        Card.load(tmp_path)


def test_a_folder_without_a_card_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="not a model"):
        Card.load(tmp_path)


def test_another_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MsguiError, match="retention"):
        Card.load(write(tmp_path, task="retention"))
