"""``msgui predict`` and ``msgui models`` as people call them."""

import json
from pathlib import Path

import numpy as np
import pytest

from msgui.cli import main
from msgui.prediction.onnx_model import Model
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from tests.tiny_models import graph, write_model

CAFFEINE = """BEGIN IONS
FEATURE_ID=caffeine
PEPMASS=195.0877
CHARGE=1+
ADDUCT=[M+H]+
FORMULA=C8H10N4O2
69.0447 10
110.0713 25
138.0662 100
END IONS
"""
NO_PRECURSOR = "\nBEGIN IONS\nFEATURE_ID=nothing\nCHARGE=1+\n50.1 10\n60.1 20\nEND IONS\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model", graph(), name="mine")


@pytest.fixture
def spectra(tmp_path: Path) -> Path:
    path = tmp_path / "spectra.mgf"
    path.write_text(CAFFEINE, encoding="utf-8")
    return path


def test_arrays_are_those_of_the_model(model: Path, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "predicted.npz"
    words = [
        "predict",
        str(spectra),
        "--model",
        str(model),
        "--formula",
        "record",
        "--out",
        str(out),
    ]
    assert main(words) == 0
    with np.load(out, allow_pickle=False) as found:
        assert found["id"].tolist() == ["caffeine"]
        assert found["probability"].dtype == np.float16
        assert found["probability"].shape == (1, 4096)
        assert float(found["threshold"]) == 0.5
        assert found["formula"].tolist() == ["C8H10N4O2"]
        stored = found["probability"][0]
    (spectrum,) = (item for item in read(spectra) if isinstance(item, Spectrum))
    direct = Model.open(model, "cpu").predict([spectrum], ["C8H10N4O2"], ["[M+H]+"])[0]
    np.testing.assert_allclose(stored, direct.probability, atol=1e-3)


def test_repetition_gives_the_same_bytes(model: Path, spectra: Path, tmp_path: Path) -> None:
    structures = tmp_path / "mine.csv"
    structures.write_text("smiles\nCn1c(=O)c2c(ncn2C)n(C)c1=O\n", encoding="utf-8")
    files = [tmp_path / name for name in ("a.npz", "b.npz")]
    for out in files:
        words = ["predict", str(spectra), "--model", str(model), "--out", str(out)]
        assert main([*words, "--structures", str(structures)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_one_that_cannot_be_predicted_does_not_stop_the_rest(
    model: Path, spectra: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spectra.write_text(CAFFEINE + NO_PRECURSOR, encoding="utf-8")
    out = tmp_path / "predicted.npz"
    words = ["predict", str(spectra), "--model", str(model), "--formula", "record"]
    words += ["--out", str(out)]
    assert main(words) == 1
    with np.load(out, allow_pickle=False) as found:
        assert found["id"].tolist() == ["caffeine"]
    said = capsys.readouterr().err
    assert "precursor" in said
    assert "1 of 2 spectra predicted by mine 1 on CPU" in said


def test_existing_file_is_replaced_only_when_asked(
    model: Path, spectra: Path, tmp_path: Path
) -> None:
    out = tmp_path / "predicted.npz"
    out.write_bytes(b"mine")
    words = ["predict", str(spectra), "--model", str(model), "--formula", "record"]
    words += ["--out", str(out)]
    assert main(words) == 2
    assert out.read_bytes() == b"mine"
    assert main([*words, "--force"]) == 0


def test_unknown_model_is_one_line(
    spectra: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["predict", str(spectra), "--model", "nobody", "--out", str(tmp_path / "p.npz")]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "no model 'nobody'" in said
    assert "Traceback" not in said


def test_models_can_be_added_listed_and_shown(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "verify", str(model)]) == 0
    assert "first run" in capsys.readouterr().err
    assert main(["models", "add", str(model)]) == 0
    assert main(["models", "list", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    mine = next(record for record in map(json.loads, lines) if record["name"] == "mine")
    assert mine["source"] == "user"
    assert main(["models", "show", "mine"]) == 0
    shown = capsys.readouterr().out
    assert "Morgan fingerprint, radius 2, 4096 bits" in shown
    assert main(["models", "add", str(model)]) == 2
    assert main(["models", "add", str(model), "--force"]) == 0


def test_damaged_model_is_refused_with_the_reason(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "model.onnx").write_bytes(b"<html>not found</html>")
    assert main(["models", "add", str(model)]) == 2
    said = capsys.readouterr().err
    assert "SHA-256" in said
    assert "Traceback" not in said


def test_votes_of_structures_join_where_the_card_says_how(
    model: Path, spectra: Path, tmp_path: Path
) -> None:
    purines = tmp_path / "purines.csv"
    purines.write_text(
        "smiles\nCn1c(=O)c2c(ncn2C)n(C)c1=O\nCn1c(=O)c2[nH]cnc2n(C)c1=O\n", encoding="utf-8"
    )
    store = tmp_path / "purines.parquet"
    assert main(["structures", "build", str(purines), "--out", str(store)]) == 0
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    card["calibration"] = {
        "fusion": {
            "isomer_sharpness": 1.0,
            "near_sharpness": 1.0,
            "both": [0.0, 1.0, 1.0, 0.0],
            "isomers_only": [0.0, 1.0, 0.0, 0.0],
            "near_only": [0.0, 0.0, 1.0, 0.0],
            "threshold": 0.3,
        }
    }
    (model / "card.json").write_text(json.dumps(card), encoding="utf-8")
    words = ["predict", str(spectra), "--model", str(model), "--formula", "record"]
    words += ["--structures", str(store)]
    assert main([*words, "--out", str(tmp_path / "fused.npz")]) == 0
    assert main([*words, "--model-alone", "--out", str(tmp_path / "alone.npz")]) == 0
    fused, alone = (np.load(tmp_path / name) for name in ("fused.npz", "alone.npz"))
    assert float(fused["threshold"]) == 0.3
    assert np.array_equal(fused["model_probability"], alone["probability"])
    assert float(fused["model_threshold"]) == float(alone["threshold"])
    assert not np.array_equal(fused["probability"], alone["probability"])
    assert "model_probability" not in alone.files
