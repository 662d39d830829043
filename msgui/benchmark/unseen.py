"""A split for models that are trained already: compounds that none of them learned from."""

import hashlib
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from msgui.benchmark.run import SplitSides
from msgui.errors import MsguiError
from msgui.library.store import Library

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model

VALIDATION_SHARE = 0.2


def unseen_split(
    library: Library,
    models: "Sequence[Model]",
    clean: Collection[str],
    seed: int = 0,
    forward: "ForwardModel | None" = None,
) -> SplitSides:
    """Return a split whose test and validation compounds no model has learned from.

    The spectra of the other compounds are the training side, with which neighbours are compared,
    so model and neighbours know the same compounds.

    Parameters
    ----------
    clean : collection of str
        Accessions of the spectra that are good enough to ask about; others are on no side.

    Raises
    ------
    MsguiError
        There is no model, one does not say what it learned from, or nothing is unseen.
    """
    if not models:
        raise MsguiError("The split 'unseen' needs a model.", "Name one with --models.")
    for model in models:
        if model.memory is None:
            raise MsguiError(
                f"The model {model.name} does not say which compounds it learned from.",
                "Use another split.",
            )
    side = {}
    wanted = frozenset(clean)
    for accession, number in zip(library.accessions, library.molecule_of_row, strict=True):
        if accession not in wanted:
            continue
        key = library.molecule(int(number)).inchikey14
        known = any(model.memory is not None and model.memory.knows(key) for model in models)
        known = known or (forward is not None and forward.knows(key))
        side[accession] = "train" if known else _part(key, seed)
    if "test" not in side.values():
        raise MsguiError(
            "The models learned from every compound of the data.",
            "Use other data, or a split file of the model's training.",
        )
    lines = "\n".join(f"{key}\t{side[key]}" for key in sorted(side))
    return SplitSides("unseen", hashlib.sha256(lines.encode()).hexdigest(), side)


def _part(inchikey14: str, seed: int) -> str:
    digest = hashlib.sha256(f"{seed} {inchikey14}".encode()).digest()
    return "validation" if digest[0] < 256 * VALIDATION_SHARE else "test"
