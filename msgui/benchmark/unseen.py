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


def unseen_split(
    library: Library,
    models: "Sequence[Model]",
    clean: Collection[str],
    free: Collection[str],
    forward: "ForwardModel | None" = None,
) -> SplitSides:
    """Return a split whose test and validation compounds no model has learned from.

    What is fitted on the validation side may be passed on: it holds the compounds that have spectra
    under a free licence, with these spectra. All other compounds are tested.
    The spectra of the other compounds are the training side, with which neighbours are compared,
    so model and neighbours know the same compounds.

    Parameters
    ----------
    clean : collection of str
        Accessions of the spectra that are good enough to ask about; others are on no side.
    free : collection of str
        Those whose licence lets weights be passed on.

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
    wanted, unrestricted = frozenset(clean), frozenset(free)
    rows = [
        (accession, library.molecule(int(number)).inchikey14)
        for accession, number in zip(library.accessions, library.molecule_of_row, strict=True)
        if accession in wanted
    ]
    has_free = {key for accession, key in rows if accession in unrestricted}
    side = {}
    for accession, key in rows:
        known = any(model.memory is not None and model.memory.knows(key) for model in models)
        if known or (forward is not None and forward.knows(key)):
            side[accession] = "train"
        elif key not in has_free:
            side[accession] = "test"
        elif accession in unrestricted:
            side[accession] = "validation"
    if "test" not in side.values():
        raise MsguiError(
            "The models learned from every compound of the data.",
            "Use other data, or a split file of the model's training.",
        )
    lines = "\n".join(f"{key}\t{side[key]}" for key in sorted(side))
    return SplitSides("unseen", hashlib.sha256(lines.encode()).hexdigest(), side)
