"""``msgui train``: recipes are found, options go before them, and wrong use is said early."""

import argparse
from pathlib import Path

import pytest

from msgui.commands import train
from msgui.errors import MsguiError

pytest.importorskip("torch")
pytestmark = pytest.mark.train


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_parser(parser.add_subparsers())
    return parser.parse_args(["train", "--data", "none.parquet", "--out", "out", *words])


def test_a_bundled_recipe_is_found_by_name_and_changed_by_options() -> None:
    chosen = options("--recipe", "massbank-mlp-1", "--split", "scaffold", "--passes", "3")
    recipe = train._recipe(chosen)
    assert recipe.name == "massbank-mlp-1"
    assert recipe.data.split == "scaffold"
    assert recipe.training.passes == 3


def test_without_a_recipe_the_defaults_hold() -> None:
    recipe = train._recipe(options("--network", "transformer", "--name", "mine"))
    assert (recipe.network, recipe.name) == ("transformer", "mine")


def test_a_folder_in_use_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "something").write_text("kept")
    with pytest.raises(MsguiError, match="not empty"):
        train._prepare_folder(tmp_path, resume=False)
    train._prepare_folder(tmp_path, resume=True)


def test_missing_data_are_named(tmp_path: Path) -> None:
    chosen = options("--json")
    chosen.out = str(tmp_path / "new")
    with pytest.raises(MsguiError, match=r"none\.parquet"):
        train.run(chosen)


def test_simulated_spectra_need_a_store(tmp_path: Path) -> None:
    chosen = options("--recipe", "massbank-transformer-1")
    recipe = train._recipe(chosen)
    assert recipe.simulation.structures > 0
    with pytest.raises(MsguiError, match="never measured"):
        train._simulated(chosen, None, None, recipe, tmp_path, None)  # type: ignore[arg-type]


RECIPE = """
name = "tiny"
licence = "CC0"
network = "transformer"
[size]
width = 16
heads = 2
hidden = 32
blocks = 1
embedding = 8
[data]
split = "molecule"
validation = 0.2
test = 0.0
[training]
passes = 1
batch = 16
matching_weight = 0.2
[simulation]
structures = 4
passes = 1
"""
MEASURED = ("CCCO", "CCCCO", "CC(=O)O", "CCC(=O)O", "Cc1ccccc1", "Oc1ccccc1", "NC1CCCCC1")
UNMEASURED = ("CC(=O)Nc1ccc(O)cc1", "CCCCCCO", "OCc1ccccc1", "CCOC(=O)c1ccccc1", "Nc1ccc(O)cc1")


def test_a_run_begins_with_simulated_spectra_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    from msgui.chemistry.formula import Formula
    from msgui.chemistry.molecule import standardize
    from msgui.training import simulate

    monkeypatch.setattr(simulate, "_FIT_STEPS", 5)
    clean = [standardize(smiles) for smiles in MEASURED]
    mass = [Formula.parse(molecule.formula).mass for molecule in clean]
    spectra = {
        "accession": list(MEASURED),
        "smiles": list(MEASURED),
        "licence": ["CC0"] * len(clean),
        "adduct": ["[M+H]+"] * len(clean),
        "ion_mode": ["POSITIVE"] * len(clean),
        "high_res": [True] * len(clean),
        "precursor_mz": [m + 1.007276 for m in mass],
        "mz": [[m + 1.007276 - 18.010565, m + 1.007276] for m in mass],
        "intensity": [[50.0, 100.0]] * len(clean),
    }
    parquet.write_table(pa.table(spectra), tmp_path / "spectra.parquet")
    others = [standardize(smiles) for smiles in UNMEASURED]
    store = {
        "smiles": [molecule.smiles for molecule in others],
        "inchikey14": [molecule.inchikey14 for molecule in others],
        "formula": [molecule.formula for molecule in others],
        "exact_mass": [Formula.parse(molecule.formula).mass for molecule in others],
    }
    parquet.write_table(pa.table(store), tmp_path / "store.parquet")
    (tmp_path / "tiny.toml").write_text(RECIPE)
    chosen = options("--recipe", str(tmp_path / "tiny.toml"))
    chosen.data = [str(tmp_path / "spectra.parquet")]
    chosen.out, chosen.structures = str(tmp_path / "run"), str(tmp_path / "store.parquet")
    assert train.run(chosen) == 0
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"simulated.npz", "simulation", "tiny", "checkpoint.pt"} <= names
    chosen.resume = True
    assert train.run(chosen) == 0
