"""``msgui train --task forward``: learn fragment intensities."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgui.commands.console import Console
from msgui.errors import MsguiError, Problem
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.training.dataset import Dataset
    from msgui.training.forward_recipe import ForwardRecipe


def run(options: argparse.Namespace) -> int:
    """Train, write the folder, and return the exit code."""
    from msgui.training.forward_folder import write_forward_folder
    from msgui.training.forward_ranking import RankingReport
    from msgui.training.forward_stages import train_in_stages
    from msgui.training.forward_training import PassReport, TrainedForward
    from msgui.training.splits import KINDS, Split, make_split

    console, out = Console(as_json=options.json), Path(options.out)
    if out.exists() and any(out.iterdir()) and not options.resume:
        raise MsguiError(
            "The folder is not empty.",
            "Choose another --out, or go on with --resume.",
            str(out),
        )
    recipe = _recipe(options)
    dataset = _dataset(options.data, recipe, console)
    wanted = recipe.data
    if wanted.split in KINDS:
        split = make_split(
            dataset,
            wanted.split,
            validation=wanted.validation,
            test=wanted.test,
            seed=wanted.split_seed,
        )
    else:
        split = Split.load(wanted.split)
    out.mkdir(parents=True, exist_ok=True)
    split.save(out / "split.json")
    trained, ranked = None, list[RankingReport]()
    for item in train_in_stages(
        dataset, split, recipe, out, options.structures, resume=options.resume
    ):
        if isinstance(item, Step):
            console.step(item)
        elif isinstance(item, PassReport):
            console.say(
                f"pass {item.number} of {item.passes}: agreement {item.agreement:.3f}, "
                f"validation {item.validation_agreement:.3f}, {item.seconds:.0f} s"
            )
        elif isinstance(item, RankingReport):
            ranked.append(item)
            console.say(
                f"isomers, pass {item.number} of {item.passes}: truth first {item.first:.3f}, "
                f"validation {item.validation_first:.3f} "
                f"(agreement {item.validation_agreement:.3f}), {item.seconds:.0f} s"
            )
        else:
            trained = item
    assert isinstance(trained, TrainedForward)
    folder = out / recipe.name
    write_forward_folder(trained, dataset, split, recipe, folder, ranked)
    console.say(f"The forward model stands in {folder}.")
    return 0


def _recipe(options: argparse.Namespace) -> "ForwardRecipe":
    from msgui.training.forward_recipe import ForwardRecipe
    from msgui.training.recipe import RECIPES

    recipe = ForwardRecipe()
    if options.recipe:
        bundled = RECIPES / f"{options.recipe}.toml"
        recipe = ForwardRecipe.load(bundled if bundled.is_file() else options.recipe)
    if options.split:
        recipe = replace(recipe, data=replace(recipe.data, split=options.split))
    if options.name:
        recipe = replace(recipe, name=options.name)
    if options.passes:
        recipe = replace(recipe, training=replace(recipe.training, passes=options.passes))
    return recipe


def _dataset(files: list[str], recipe: "ForwardRecipe", console: Console) -> "Dataset":
    from msgui.training.dataset import Dataset, build_dataset

    for item in build_dataset(files, only_free=recipe.data.only_free_licences):
        if isinstance(item, Step):
            console.step(item)
        elif isinstance(item, Problem):
            console.problem(item)
        elif isinstance(item, Dataset):
            return item
    raise AssertionError("build_dataset ends with a data set")
