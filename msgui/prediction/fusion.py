"""A predicted fingerprint, joined with those of structures of the same and of near formulas.

What a formula allows is known from lists of structures, measured or not: the isomers that agree
with the model's prediction, and compounds that differ from it by a methylene, a water and the like,
vote for their bits. Structures are only counted, by fingerprint; their names and sources are not
looked at.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from msgui.chemistry.formula import Formula
from msgui.chemistry.molecule import unpack
from msgui.prediction.agreement import bits_of

if TYPE_CHECKING:
    from msgui.structures.store import StructureStore
    from msgui.structures.structure import Structure

Probabilities = npt.NDArray[np.float32]

# What a near formula has more or less: hydrogen, methylene, oxygen, carbon, water, imine, carbonyl,
# ethylene, formaldehyde, ketene; as (C, H, N, O).
DIFFERENCES: Final = (
    (0, 2, 0, 0),
    (1, 2, 0, 0),
    (0, 0, 0, 1),
    (1, 0, 0, 0),
    (0, 2, 0, 1),
    (0, 1, 1, 0),
    (1, 0, 0, 1),
    (2, 4, 0, 0),
    (1, 2, 0, 1),
    (2, 2, 0, 1),
)
# Long lists say the same twice; the first by InChIKey are as good as any.
MOST_ISOMERS: Final = 1000
MOST_OF_A_NEAR_FORMULA: Final = 100
FORMULAS_REMEMBERED: Final = 256
# A vote of few structures is never certain.
SUREST: Final = 1e-3
LEAST_LENGTH: Final = 1e-6
CARD_KEY: Final = "fusion"


@dataclass(frozen=True)
class Fusion:
    """How much each part counts; fitted on validation molecules, whose structure was left out.

    Coefficients belong to log-odds: of the model, of the vote of isomers, of the vote of near
    formulas, and a constant. Which apply depends on which votes there are.

    Parameters
    ----------
    isomer_sharpness, near_sharpness : float
        A structure's vote is exp(sharpness x cosine of its bits with the model's prediction).
    both, isomers_only, near_only : tuple of 4 floats
    threshold : float
        Probability above which a bit counts as set.
    """

    isomer_sharpness: float
    near_sharpness: float
    both: tuple[float, float, float, float]
    isomers_only: tuple[float, float, float, float]
    near_only: tuple[float, float, float, float]
    threshold: float

    @classmethod
    def from_card(cls, calibration: Mapping[str, Any]) -> Self | None:
        """Return what a card's ``calibration`` says, None when it says nothing of it."""
        found = calibration.get(CARD_KEY)
        if not isinstance(found, Mapping):
            return None
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value := found[name], list) else float(value)
            for name in cls.__dataclass_fields__
        }
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for a card."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in asdict(self).items()}

    def coefficients(self, votes: "Votes") -> tuple[float, float, float, float] | None:
        """Return the coefficients that apply; None when nothing voted."""
        if votes.isomers and votes.near:
            return self.both
        if votes.isomers:
            return self.isomers_only
        return self.near_only if votes.near else None


@dataclass(frozen=True, eq=False)
class Relatives:
    """Structures of one formula and of near ones.

    Parameters
    ----------
    isomers, near : uint8 arrays, shape (n, 512)
        Packed fingerprints.
    isomer_keys, near_keys : str arrays, shape (n,)
        First InChIKey blocks.
    """

    isomers: npt.NDArray[np.uint8]
    isomer_keys: npt.NDArray[np.str_]
    near: npt.NDArray[np.uint8]
    near_keys: npt.NDArray[np.str_]

    def without_isomers(self) -> "Relatives":
        """Return the structures of near formulas alone."""
        return replace(self, isomers=self.isomers[:0], isomer_keys=self.isomer_keys[:0])


@dataclass(frozen=True, eq=False)
class Votes:
    """What the relatives of a formula say.

    Parameters
    ----------
    isomers, near : int
        Number of structures that voted.
    of_isomers, of_near : float32 arrays, shape (4096,)
        Share of the votes for each bit; zeros where nothing voted.
    """

    isomers: int
    near: int
    of_isomers: Probabilities
    of_near: Probabilities


class RelativesOf:
    """Fetches the relatives of formulas from a store; the last ones are remembered."""

    def __init__(self, store: "StructureStore") -> None:
        self._store = store
        self._fetch = lru_cache(maxsize=FORMULAS_REMEMBERED)(self._relatives)

    def __call__(self, formula: str) -> Relatives:
        """Return the structures of a neutral formula and of near ones."""
        return self._fetch(formula)

    def _relatives(self, formula: str) -> Relatives:
        near = near_formulas(formula)
        found = self._store.by_formulas([formula, *near])
        isomers = found.get(str(Formula.parse(formula)), [])[:MOST_ISOMERS]
        others = [s for name in near for s in found.get(name, [])[:MOST_OF_A_NEAR_FORMULA]]
        return Relatives(*_packed(isomers), *_packed(others))


def _packed(
    structures: "Sequence[Structure]",
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.str_]]:
    bits = bits_of([structure.smiles for structure in structures])
    keys = np.array([structure.inchikey14 for structure in structures], dtype="<U14")
    return np.packbits(bits, axis=1), keys


def near_formulas(formula: str) -> tuple[str, ...]:
    """Return the formulas that differ by one of ``DIFFERENCES``, more or less, in Hill order.

    >>> near_formulas("CH4")[:4]
    ('CH6', 'CH2', 'C2H6', 'H2')
    """
    own, found = Formula.parse(formula), []
    for carbon, hydrogen, nitrogen, oxygen in DIFFERENCES:
        difference = Formula.of(C=carbon, H=hydrogen, N=nitrogen, O=oxygen)
        for changed in (own + difference, own - difference):
            if min(changed.counts) >= 0 and any(changed.counts):
                found.append(str(changed))
    return tuple(dict.fromkeys(found))


def votes_of(
    probability: Probabilities,
    relatives: Relatives,
    sharpness: Sequence[tuple[float, float]],
    exclude: Collection[str] = (),
) -> list[Votes]:
    """Return the votes of the relatives of a formula for a predicted fingerprint.

    Parameters
    ----------
    probability : float32 array, shape (4096,)
        The model's prediction.
    relatives : Relatives
    sharpness : sequence of (float, float)
        Of isomers and of near formulas; there is one answer for each pair.
    exclude : collection of str
        First InChIKey blocks that may not vote (in benchmarks, the true structure).
    """
    isomers, near = (list(column) for column in zip(*sharpness, strict=True))
    n_isomers, of_isomers = _vote(
        probability, relatives.isomers, relatives.isomer_keys, isomers, exclude
    )
    n_near, of_near = _vote(probability, relatives.near, relatives.near_keys, near, exclude)
    pairs = zip(of_isomers, of_near, strict=True)
    return [Votes(n_isomers, n_near, own, other) for own, other in pairs]


def _vote(
    probability: Probabilities,
    packed: npt.NDArray[np.uint8],
    keys: npt.NDArray[np.str_],
    sharpness: Sequence[float],
    exclude: Collection[str],
) -> tuple[int, Probabilities]:
    """Return the number of voters and their vote for each sharpness, shape (k, 4096)."""
    packed = packed[~np.isin(keys, list(exclude))] if exclude else packed
    if not len(packed):
        return 0, np.zeros((len(sharpness), probability.size), np.float32)
    bits = unpack(packed).astype(np.float32)
    length = float(np.linalg.norm(probability)) * np.sqrt(bits.sum(axis=1))
    agreement = (bits @ probability) / np.maximum(length, LEAST_LENGTH)
    weight = np.exp(np.outer(sharpness, agreement - agreement.max()))
    share = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return len(packed), np.asarray(share @ bits, np.float32)


def log_odds(probability: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the log-odds of probabilities, kept within what a vote can know."""
    bounded = np.clip(probability.astype(np.float64), SUREST, 1 - SUREST)
    result: npt.NDArray[np.float64] = np.log(bounded) - np.log1p(-bounded)
    return result


def fuse(
    probability: Probabilities,
    relatives: Relatives,
    fusion: Fusion,
    exclude: Collection[str] = (),
) -> Probabilities:
    """Return the fused probability of each bit, shape (4096,).

    The model's prediction itself when no structure votes. Parameters are those of
    :func:`votes_of`.
    """
    sharpness = (fusion.isomer_sharpness, fusion.near_sharpness)
    (votes,) = votes_of(probability, relatives, [sharpness], exclude)
    return fuse_votes(probability, votes, fusion)


def fuse_votes(probability: Probabilities, votes: Votes, fusion: Fusion) -> Probabilities:
    """Return the fused probability of each bit from votes that were counted, shape (4096,)."""
    chosen = fusion.coefficients(votes)
    if chosen is None:
        return probability
    of_model, of_isomers, of_near, constant = chosen
    odds = of_model * log_odds(probability) + constant
    if votes.isomers:
        odds = odds + of_isomers * log_odds(votes.of_isomers)
    if votes.near:
        odds = odds + of_near * log_odds(votes.of_near)
    return (1.0 / (1.0 + np.exp(-odds))).astype(np.float32)
