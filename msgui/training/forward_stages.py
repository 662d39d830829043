"""A whole training of a forward model: intensities first, then telling isomers apart."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.training.dataset import Dataset
from msgui.training.forward_cases import CaseMaker
from msgui.training.forward_network import TorchForwardNetwork
from msgui.training.forward_ranking import Isomers, RankingReport, isomer_pool, learn_to_rank
from msgui.training.forward_recipe import ForwardRecipe
from msgui.training.forward_training import (
    PassReport,
    TrainedForward,
    mean_agreement,
    train_forward,
)
from msgui.training.splits import Split

INTENSITIES_FILE = "intensities.pt"


def train_in_stages(
    dataset: Dataset,
    split: Split,
    recipe: ForwardRecipe,
    out: Path,
    structures: str | Path | None = None,
    *,
    resume: bool = False,
) -> Iterator[Step | PassReport | RankingReport | TrainedForward]:
    """Yield steps, a report of each pass, and at the end the trained network.

    What the first stage learned is kept in ``out``, so that a run that was interrupted goes on
    with the second.

    Parameters
    ----------
    structures : str, Path or None
        Structure store from which isomers are drawn; needed for the second stage only.

    Raises
    ------
    MsguiError
        The recipe has a second stage and no structures were given.
    """
    if recipe.ranking.passes and structures is None:
        raise MsguiError(
            "The recipe ends with telling structures from their isomers.",
            "Name a structure store with --structures.",
        )
    yield Step(0, 0, "pieces of the molecules")
    train, validation = (np.flatnonzero(split.mask(dataset, s)) for s in ("train", "validation"))
    maker = CaseMaker(dataset, train.tolist(), recipe.training.max_bonds)
    checking = CaseMaker(dataset, validation.tolist(), recipe.training.max_bonds)
    kept = out / INTENSITIES_FILE
    trained = _kept(kept, recipe) if resume and kept.is_file() else None
    if trained is None:
        for item in train_forward(maker, checking, recipe.training, recipe.size):
            if isinstance(item, TrainedForward):
                trained = item
            else:
                yield item
        assert trained is not None
        _keep(trained, recipe, kept)
    if recipe.ranking.passes:
        assert structures is not None
        yield from _rank(trained, maker, checking, recipe, structures)
        last = trained.reports[-1]
        agreement = mean_agreement(trained.network, maker, 1)
        told = replace(
            last,
            agreement=agreement,
            validation_agreement=mean_agreement(trained.network, checking),
        )
        trained = replace(trained, reports=(*trained.reports[:-1], told))
    yield trained


def _rank(
    trained: TrainedForward,
    maker: CaseMaker,
    checking: CaseMaker,
    recipe: ForwardRecipe,
    structures: str | Path,
) -> Iterator[Step | RankingReport]:
    yield Step(0, 0, "isomers of the molecules")
    molecules = maker.dataset.molecules
    numbers = (*maker.molecules, *checking.molecules)
    pool = isomer_pool(structures, {molecules.formula[number] for number in numbers})
    bonds = recipe.training.max_bonds
    yield from learn_to_rank(
        trained.network,
        Isomers(maker, pool, bonds),
        Isomers(checking, pool, bonds),
        maker.spectra,
        checking.spectra,
        recipe.ranking,
    )


def _keep(trained: TrainedForward, recipe: ForwardRecipe, path: Path) -> None:
    state = {
        "recipe": _first_stage(recipe),
        "network": trained.network.state_dict(),
        "reports": [vars(report) for report in trained.reports],
        "spectra": trained.spectra,
        "molecules": trained.molecules,
    }
    aside = path.with_suffix(".part")
    torch.save(state, aside)
    aside.replace(path)


def _kept(path: Path, recipe: ForwardRecipe) -> TrainedForward:
    """Return what the first stage learned.

    Raises
    ------
    MsguiError
        It was learned with another recipe.
    """
    state = torch.load(path, weights_only=True)
    if state["recipe"] != _first_stage(recipe):
        raise MsguiError(
            "The first stage was trained with another recipe.",
            "Give the same recipe, or choose another --out.",
            str(path),
        )
    network = TorchForwardNetwork(recipe.size)
    network.load_state_dict(state["network"])
    reports = tuple(PassReport(**report) for report in state["reports"])
    return TrainedForward(network.eval(), reports, state["spectra"], tuple(state["molecules"]))


def _first_stage(recipe: ForwardRecipe) -> dict[str, object]:
    return {name: recipe.as_dict()[name] for name in ("data", "size", "training")}
