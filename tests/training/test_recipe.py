"""Recipes are read as written; what no recipe knows is refused."""

from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.training.recipe import RECIPES, Recipe

# Recipes of forward models have keys of their own (test_forward_recipe.py).
FINGERPRINTS = sorted(p for p in RECIPES.glob("*.toml") if "forward" not in p.stem)


@pytest.mark.parametrize("path", FINGERPRINTS, ids=lambda p: p.stem)
def test_bundled_recipes_can_be_read(path: Path) -> None:
    recipe = Recipe.load(path)
    assert recipe.name == path.stem or recipe.name
    assert recipe.data.only_free_licences
    assert Recipe.from_dict(recipe.as_dict()) == recipe


def test_unknown_keys_are_named_with_those_that_there_are(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("[training]\nepochs = 3\n")
    with pytest.raises(MsguiError, match=r"epochs.*passes"):
        Recipe.load(path)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("passes 3")
    with pytest.raises(MsguiError, match=r"r\.toml"):
        Recipe.load(path)
