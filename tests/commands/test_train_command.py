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
