"""Which models, weights and candidates an answer was made with: what a calibration belongs to."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from msgui.prediction.weights import bundled_weights
from msgui.trust.signals import SIGNALS_VERSION

if TYPE_CHECKING:
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model
    from msgui.structures.store import StructureStore

FormulaKind = Literal["computed", "known"]


@dataclass(frozen=True, slots=True)
class SetUp:
    """What must be the same for frequencies measured once to hold again.

    Parameters
    ----------
    model, forward : str
        SHA-256 of the weights; empty without one.
    ranking : str
        Digest of the weights of the ranking.
    candidates : str
        Digest of the compounds in the structure store.
    signals : int
        Version of the numbers that the confidence is computed from.
    """

    model: str
    forward: str
    ranking: str
    candidates: str
    signals: int = SIGNALS_VERSION

    @property
    def digest(self) -> str:
        """One name for all of it, for folders."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def set_up_of(
    model: "Model", forward: "ForwardModel | None", store: "StructureStore | None"
) -> SetUp:
    """Return the set-up of a run that takes its candidates from a store."""
    return SetUp(
        model=model.sha256,
        forward=forward.sha256 if forward is not None else "",
        ranking=bundled_weights().sha256[:16],
        candidates=store.content if store is not None else "",
    )
