"""Recipes of forward models: the bundled one is read, what is unknown is refused."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.training.forward_recipe import ForwardRecipe
from msgui.training.recipe import RECIPES


def test_the_bundled_recipe_learns_from_the_molecules_of_the_fingerprint_model() -> None:
    recipe = ForwardRecipe.load(RECIPES / "massbank-forward-2.toml")
    assert recipe.name == "massbank-forward-2"
    assert (recipe.data.split, recipe.data.validation, recipe.data.split_seed) == (
        "molecule",
        0.05,
        1,
    )
    assert recipe.data.only_free_licences
    assert recipe.as_dict()["training"]["max_bonds"] == recipe.training.max_bonds
    assert recipe.ranking.passes > 0


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("name = 'mine'\n[training]\nspeed = 3\n")
    with pytest.raises(MsguiError, match="speed"):
        ForwardRecipe.load(file)
    file.write_text("name = ")
    with pytest.raises(MsguiError, match="cannot be read"):
        ForwardRecipe.load(file)
