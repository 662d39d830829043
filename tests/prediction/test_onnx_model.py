"""Opening, refusing and running models."""

import json
from pathlib import Path

import numpy as np
import pytest

from msgui.errors import MsguiError
from msgui.prediction import onnx_model
from msgui.prediction.models import KnownModel, list_models
from msgui.prediction.onnx_model import Model
from msgui.progress import Step
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from tests.tiny_models import BITS, card, graph, write_memory, write_model, write_seen


def measured(n_peaks: int, seed: int = 0) -> Spectrum:
    rng = np.random.default_rng(seed)
    return Spectrum(
        np.sort(rng.uniform(50, 300, n_peaks)),
        rng.uniform(1, 100, n_peaks),
        precursor_mz=301.14,
        instrument="Q Exactive Orbitrap",
        collision_energy=CollisionEnergy("35 eV", 35.0, "eV"),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny", graph())


@pytest.fixture
def model(folder: Path) -> Model:
    return Model.open(folder, "cpu")


def test_predicts_one_fingerprint_for_each_spectrum(model: Model) -> None:
    spectra = [measured(n, n) for n in (3, 40, 1)]
    predictions = model.predict(spectra, ["C16H20N2O4"] * 3, ["[M+H]+"] * 3)
    assert [p.probability.shape for p in predictions] == [(BITS,)] * 3
    assert predictions[0].provider == "CPU"
    assert predictions[0].threshold == 0.5
    assert abs(float(np.linalg.norm(predictions[1].embedding)) - 1) < 1e-5
    assert not predictions[0].probability.flags.writeable
    assert not np.allclose(predictions[0].probability, predictions[1].probability)


def test_answer_depends_neither_on_batch_nor_on_padding(model: Model) -> None:
    spectra = [measured(n, n) for n in (1, 2, 64, 17, 5)]
    formulas, adducts = ["C16H20N2O4"] * 5, ["[M+H]+", "[M-H]-", "", "[M+Na]+", "[M+H]+"]
    together = model.predict(spectra, formulas, adducts)
    for i, spectrum in enumerate(spectra):
        alone = model.predict([spectrum], [formulas[i]], [adducts[i]])[0]
        np.testing.assert_allclose(alone.probability, together[i].probability, atol=2e-6)
        np.testing.assert_allclose(alone.embedding, together[i].embedding, atol=2e-6)


def test_blind_answer_does_not_depend_on_the_peaks(model: Model) -> None:
    blind = model.predict_blind(
        [measured(9, 1), measured(30, 2)], ["C16H20N2O4"] * 2, ["[M+H]+"] * 2
    )
    assert np.array_equal(blind[0].probability, blind[1].probability)
    assert np.isfinite(blind[0].embedding).all()


@pytest.mark.parametrize(
    "known", [m for m in list_models() if m.source == "bundled"], ids=lambda m: m.name
)
def test_bundled_models_do_not_depend_on_batch_or_padding(known: KnownModel) -> None:
    model = Model.open(known.folder, "cpu")
    assert model.notes == ()
    assert model.memory is not None
    assert len(model.memory.conditions.adduct) == len(model.memory)
    spectra = [measured(n, n) for n in (1, 2, 64, 17, 5, 90)]
    formulas, adducts = ["C16H20N2O4", ""] * 3, ["[M+H]+", "[M-H]-", "", "[M+Na]+", "odd", "[M]+"]
    together = model.predict(spectra, formulas, adducts)
    for i, spectrum in enumerate(spectra):
        alone = model.predict([spectrum], [formulas[i]], [adducts[i]])[0]
        np.testing.assert_allclose(alone.probability, together[i].probability, atol=1e-5)
        np.testing.assert_allclose(alone.embedding, together[i].embedding, atol=1e-5)


def test_many_spectra_come_in_batches_with_steps(model: Model) -> None:
    spectra = [measured(4, n) for n in range(7)]
    items = list(model.predict_in_steps(spectra, [""] * 7, [""] * 7, batch_size=3))
    assert [i.done for i in items if isinstance(i, Step)] == [3, 6, 7]
    assert [len(i) for i in items if isinstance(i, list)] == [3, 3, 1]


def test_no_spectra_give_no_predictions(model: Model) -> None:
    assert model.predict([], [], []) == []


def test_a_good_model_has_no_notes(model: Model) -> None:
    assert model.notes == ()
    assert model.name == "tiny 1"


def test_provider_that_is_not_there_is_named(folder: Path) -> None:
    import onnxruntime

    if "CoreMLExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has CoreML")
    model = Model.open(folder, "coreml")
    assert model.provider == "CPU"
    assert any("CoreML is not available" in note for note in model.notes)


def test_runtime_that_falls_back_silently_is_found_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    monkeypatch.setattr(
        onnxruntime,
        "get_available_providers",
        lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
    )
    real = onnxruntime.InferenceSession

    def falls_back(data: bytes, options: object, providers: list[str]) -> object:
        return real(data, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", falls_back)
    for wish in ("cuda", "auto"):
        model = Model.open(folder, wish)
        assert model.provider == "CPU"
        assert any("CUDA could not be started" in note for note in model.notes)


def test_accelerator_that_fails_in_a_run_gives_way_to_the_cpu(model: Model) -> None:
    class FullAccelerator:
        def get_providers(self) -> list[str]:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

        def run(self, *_: object) -> None:
            raise RuntimeError("CUDA out of memory")

    expected = model.predict([measured(7)], [""], [""])[0]
    model._session = FullAccelerator()
    found = model.predict([measured(7)], [""], [""])[0]
    assert np.array_equal(found.probability, expected.probability)
    assert found.provider == "CPU"
    assert any("CUDA failed" in note and "out of memory" in note for note in model.notes)


def test_unknown_provider_is_refused(folder: Path) -> None:
    with pytest.raises(MsguiError, match=r"tpu.*auto, cuda, dml, coreml, cpu"):
        Model.open(folder, "tpu")


def test_changed_model_file_is_refused(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes() + b"\x08\x09")
    with pytest.raises(MsguiError, match="not the one of its card"):
        Model.open(folder)


def test_card_without_hash_is_refused(folder: Path) -> None:
    (folder / "card.json").write_text(json.dumps(card()), encoding="utf-8")
    with pytest.raises(MsguiError, match="SHA-256"):
        Model.open(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fingerprint": {"radius": 2, "bits": 2048}}, "4096 wide instead of 2048"),
        ({"embedding_size": 16}, "8 wide instead of 16"),
        ({"inputs": {"mz": ["batch", "peaks"]}}, "input intensity is not on the card"),
        ({"inputs": {"mz": ["batch"]}}, "input mz has 2 dimensions instead of 1"),
    ],
)
def test_model_that_does_not_fit_its_card_is_refused(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    folder = write_model(tmp_path, graph(), **changes)
    with pytest.raises(MsguiError, match=said) as refusal:
        Model.open(folder)
    assert "The model has [mz: float32" in str(refusal.value)
    assert "the card says [mz: float32" in str(refusal.value)


def test_other_fingerprint_is_refused(tmp_path: Path) -> None:
    folder = write_model(tmp_path, graph(), fingerprint={"radius": 3, "bits": 4096})
    with pytest.raises(MsguiError, match=r"radius 3 with 4096 bits; msgui .* radius 2"):
        Model.open(folder)


def test_missing_output_is_named(tmp_path: Path) -> None:
    made = graph()
    made.graph.output[0].name = "raw"
    with pytest.raises(MsguiError, match="output probability is missing"):
        Model.open(write_model(tmp_path, made))


def test_not_a_number_gives_an_error_and_no_ranking(tmp_path: Path) -> None:
    folder = write_model(tmp_path, graph(ending="Log"))
    with pytest.raises(MsguiError, match="not a number"):
        Model.open(folder)


def test_values_outside_the_range_are_cut_and_named(tmp_path: Path) -> None:
    model = Model.open(write_model(tmp_path, graph(ending="Identity")))
    assert any("outside 0 to 1" in note for note in model.notes)
    probability = model.predict([measured(9)], [""], [""])[0].probability
    assert probability.min() >= 0
    assert probability.max() <= 1


def test_model_that_rolls_dice_is_named(tmp_path: Path) -> None:
    model = Model.open(write_model(tmp_path, graph(noisy=True)))
    assert any("another answer when asked twice" in note for note in model.notes)


def test_unknown_operator_is_refused_with_the_operator_set(tmp_path: Path) -> None:
    made = graph()
    made.graph.node[-1].op_type = "Crystalball"
    with pytest.raises(MsguiError, match=r"cannot run this model .*ai\.onnx 18"):
        Model.open(write_model(tmp_path, made))


def test_endless_run_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_model, "TIME_LIMIT_S", 0.05)
    from onnx import TensorProto, helper

    made = graph()
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Identity", ["bits"], ["same_bits"]),
        ],
        "body",
        [
            value("round", TensorProto.INT64, []),
            value("go", TensorProto.BOOL, []),
            value("bits", TensorProto.FLOAT, None),
        ],
        [value("go_on", TensorProto.BOOL, []), value("same_bits", TensorProto.FLOAT, None)],
    )
    made.graph.initializer.append(helper.make_tensor("yes", TensorProto.BOOL, [], [True]))
    made.graph.node[-1].output[0] = "once"
    made.graph.node.append(
        helper.make_node("Loop", ["", "yes", "once"], ["probability"], body=body)
    )
    with pytest.raises(MsguiError, match="was stopped"):
        Model.open(write_model(folder, made)).predict([measured(3)], [""], [""])


def test_memory_and_seen_formulas_are_read_when_asked_for(folder: Path) -> None:
    model = Model.open(folder)
    assert model.memory is None
    assert model.has_seen("C6H6") is None
    write_memory(folder, [("CCO", "LFQSCWFLJHTTHZ", "C2H6O")], [0, 0])
    write_seen(folder, ["C2H5", "C2H7O"])
    model = Model.open(folder)
    assert model.memory is not None
    assert len(model.memory) == 2
    assert model.memory.knows("LFQSCWFLJHTTHZ")
    assert model.has_seen("C2H5") is True
    assert model.has_seen("C9H9") is False
