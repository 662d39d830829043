"""Which models there are, and how one is added."""

import gzip
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from msgui import paths
from msgui.errors import MsguiError
from msgui.prediction import models, probation
from msgui.prediction.models import Finding, add, find_model, list_models, open_model, verify
from tests.tiny_models import graph, write_memory, write_model


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bundled"
    folder.mkdir()
    monkeypatch.setattr(paths, "models", lambda: folder)
    return folder


def test_recommended_model_is_the_one_that_is_named_so(bundled: Path) -> None:
    for name in ("first", "second"):
        write_model(bundled / name, b"x", name=name)
    assert find_model("auto") == bundled / "first"
    (bundled / "recommended.txt").write_text("second\n", encoding="utf-8")
    assert find_model("auto") == bundled / "second"
    assert [(m.name, m.source, m.recommended) for m in list_models()] == [
        ("first", "bundled", False),
        ("second", "bundled", True),
    ]


def test_broken_card_is_listed_with_the_reason(bundled: Path) -> None:
    (bundled / "broken").mkdir()
    (bundled / "broken" / "card.json").write_text("{", encoding="utf-8")
    (known,) = list_models()
    assert known.card is None
    assert known.problem is not None
    assert "JSON" in known.problem.cause


def test_no_model_at_all_says_how_to_add_one(bundled: Path) -> None:
    assert list_models() == []
    with pytest.raises(MsguiError, match="models add"):
        find_model("auto")


def test_model_is_found_by_name_folder_or_file(bundled: Path, tmp_path: Path) -> None:
    inside = write_model(bundled / "one", b"x")
    outside = write_model(tmp_path / "elsewhere", b"x")
    assert find_model("one") == inside
    assert find_model(outside) == outside
    assert find_model(outside / "model.onnx") == outside
    with pytest.raises(MsguiError, match=r"'two' \(installed: one\)"):
        find_model("two")


def test_added_model_is_verified_copied_and_found(bundled: Path, tmp_path: Path) -> None:
    source = write_model(tmp_path / "download", graph(), name="mine")
    (source / "stray.txt").write_text("not copied", encoding="utf-8")
    events = list(add(source))
    target = models.user_models() / "mine"
    assert events[-1] == target
    assert any(isinstance(e, Finding) and e.what == "first run" for e in events)
    assert sorted(p.name for p in target.iterdir()) == ["card.json", "model.onnx"]
    assert find_model("mine") == target
    assert [p.name for p in models.user_models().iterdir()] == ["mine"]
    with pytest.raises(MsguiError, match="already"):
        list(add(source))
    (source / "trust.json").write_text("{}", encoding="utf-8")
    assert list(add(source, replace=True))[-1] == target
    assert (target / "trust.json").read_text(encoding="utf-8") == "{}"


def test_changed_file_does_not_pass(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", graph())
    (folder / "model.onnx").write_bytes(b"something else")
    with pytest.raises(MsguiError, match=r"model\.onnx has the SHA-256"):
        list(verify(folder))


def test_missing_file_does_not_pass(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", graph(), files={"memory.npz": "0" * 64})
    with pytest.raises(MsguiError, match=r"memory\.npz is missing"):
        list(verify(folder))


@pytest.mark.parametrize("name", ["../card.json", "/etc/passwd", "a/b", ".."])
def test_card_that_names_files_elsewhere_does_not_pass(tmp_path: Path, name: str) -> None:
    folder = write_model(tmp_path / "m", graph(), files={name: "0" * 64})
    with pytest.raises(MsguiError, match="outside its folder"):
        list(verify(folder))


def test_memory_of_another_width_does_not_pass(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", graph(), embedding_size=0)
    write_memory(folder, [("CCO", "LFQSCWFLJHTTHZ", "C2H6O")], [0])
    with pytest.raises(MsguiError, match="embeddings have 8 values; the card says 0"):
        list(verify(folder))


def test_model_from_elsewhere_is_tried_once_before_it_is_opened(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(tmp_path / "m", graph())
    tried: list[Path] = []
    real = probation.try_model
    monkeypatch.setattr(models, "try_model", lambda f: (tried.append(f), real(f))[1])
    assert open_model(folder, "cpu").provider == "CPU"
    assert open_model(folder, "cpu").provider == "CPU"
    assert tried == [folder]


def _run_instead(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(probation, "command_of", lambda *_: [sys.executable, "-c", code])


def test_crash_of_a_first_run_is_an_error_not_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(tmp_path / "m", graph())
    _run_instead(monkeypatch, "import os; os.abort()")
    with pytest.raises(MsguiError, match=r"crashed the process that tried it \(signal 6\)"):
        probation.try_model(folder)


def test_first_run_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_model(tmp_path / "m", graph())
    _run_instead(monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(probation, "TIME_LIMIT_S", 0.2)
    with pytest.raises(MsguiError, match="took longer"):
        probation.try_model(folder)


def test_refusal_in_the_first_run_comes_back_with_its_words(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", graph(ending="Log"))
    with pytest.raises(MsguiError, match="not a number"):
        probation.try_model(folder)


def test_graph_that_wants_all_memory_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="makes a model with onnx (extra train)")
    from onnx import TensorProto, helper

    made = graph()
    sizes = helper.make_tensor("sizes", TensorProto.INT64, [2], [200_000, 200_000])
    made.graph.initializer.append(sizes)
    made.graph.initializer.append(helper.make_tensor("none", TensorProto.FLOAT, [], [0.0]))
    made.graph.node[-1].output[0] = "p"
    node = helper.make_node
    made.graph.node.extend(
        [
            node("RandomUniform", [], ["huge"], shape=[200_000, 200_000]),
            node("ReduceMax", ["huge"], ["most"], keepdims=0),
            node("Mul", ["most", "none"], ["nothing"]),
            node("Add", ["p", "nothing"], ["probability"]),
        ]
    )
    with pytest.raises(MsguiError, match=r"failed|crashed|memory"):
        probation.try_model(write_model(tmp_path / "m", made))


def test_notebook_that_cannot_be_read_means_not_tried(own_folders: Path) -> None:
    assert not probation.has_passed("a")
    probation.note_passed("a")
    probation.note_passed("b")
    assert probation.has_passed("a")
    probation._notebook().write_text("{broken", encoding="utf-8")
    assert not probation.has_passed("a")
    assert json.dumps([])  # and nothing was raised


def test_card_of_the_bundled_model_tells_all_that_it_learned_from() -> None:
    folder = find_model("auto")
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    trained = card["training"]["spectra"]
    assert trained == card["split"]["sides"]["train"]
    assert set(card["histograms"]) == {"adduct", "instrument", "energy", "precursor_mz"}
    for kind, counts in card["histograms"].items():
        assert sum(counts.values()) == trained, kind
    # The network has names for these only; the memory keeps the rest as written.
    assert set(card["histograms"]["instrument"]) <= set(card["instruments"])
    assert not any(re.search("-N[CD]", licence) for licence in card["training"]["licences"])
    table = card["calibration"]["table"]
    assert table == sorted(table, key=lambda row: row["predicted"])
    # The many bits predicted near zero would make the error look smaller than it is.
    told = [row for row in table if row["predicted"] >= 0.01]
    error = sum(row["bits"] * abs(row["predicted"] - row["observed"]) for row in told)
    error /= sum(row["bits"] for row in told)
    assert error == pytest.approx(card["calibration"]["expected_calibration_error"], abs=2e-4)
    seen = gzip.decompress((folder / "seen_formulas.txt.gz").read_bytes()).decode().split()
    assert len(set(seen)) == len(seen) > card["training"]["formulas"]
    with np.load(folder / "memory.npz", allow_pickle=False) as memory:
        assert memory["embedding"].shape == (trained, card["embedding_size"])
        assert len(set(memory["inchikey14"].tolist())) == card["training"]["structures"]
        assert not {"mz", "intensity"} & set(memory.files)
