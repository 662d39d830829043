"""Which training spectra made the model answer as it did: those that helped and those that hurt.

Influence of the last layer (Koh & Liang, "Understanding black-box predictions via influence
functions", 2017) with the curvature in two factors (Martens & Grosse, "K-FAC", 2015): the gradient
of a fingerprint's log-likelihood is (bits - probability) times the last features, so the influence
of training spectrum i on the log-likelihood of a structure is

    (1 + features' A^-1 features_i) * sum over bits of
        (bit - probability) (bit_i - probability_i) / (mean of p (1 - p) of the bit)

with A the damped second moment of the features, and 1 for the constant of the layer. Nothing but
the probabilities of a model is needed: their logits are an affine function of its last features.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from msgui.prediction.agreement import bits_of
from msgui.prediction.memory import Memory, checked_arrays, damaged
from msgui.trust.subject import Subject

MOST_SHOWN = 5
# Of the mean square of a feature, and of p (1 - p) of a bit. Both were chosen by what removing
# training compounds does to small networks (benchmarks/influence.py, seed 1; measured on another).
DAMPING = 100.0
BIT_DAMPING = 1e-3
# Logits beyond this are not told apart by single precision.
LARGEST_LOGIT = 16.0
# Bits that together hold this share of the squared residual of an answer are looked at.
LOOKED_AT_SHARE = 0.999
MOST_BITS = 400
# What stays in the fast memory of a processor.
ROWS_AT_ONCE = 1024

Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Influence:
    """One training spectrum that the answer rests on, or that speaks against it.

    Parameters
    ----------
    value : float
        Positive: helped; 1 is the strongest of the list, -1 as strong against.
    smiles, inchikey14, formula, name : str
        Its compound; the name may be empty.
    accession, adduct, instrument, collision_energy : str
        The record and how it was measured, as written there.
    same_compound : bool
        Is it a spectrum of the very structure in first place.
    """

    value: float
    smiles: str
    inchikey14: str
    formula: str
    name: str
    accession: str
    adduct: str
    instrument: str
    collision_energy: str
    same_compound: bool

    @property
    def helped(self) -> bool:
        """Did it speak for the answer."""
        return self.value > 0

    @property
    def title(self) -> str:
        """What a person calls its compound."""
        return self.name or self.formula or self.smiles

    @property
    def sentence(self) -> str:
        """All of it in plain words."""
        same = "same compound in training; " if self.same_compound else ""
        record = f"; {self.accession}" if self.accession else ""
        return f"{self.title} ({self.formula}): {same}{self.conditions}{record}"

    @property
    def conditions(self) -> str:
        """Adduct, energy and instrument in one line."""
        return ", ".join(t for t in (self.adduct, self.collision_energy, self.instrument) if t)


@dataclass(frozen=True, eq=False)
class InfluenceIndex:
    """What is kept of each training spectrum to tell its influence.

    Parameters
    ----------
    center : float32 array, shape (n_bits,)
        Mean logits of the training spectra.
    directions : float32 array, shape (n_bits, n_features)
        Orthonormal directions of logits in which training spectra differ most.
    features : int16 array, shape (n_spectra, n_features)
        Place of each training spectrum along the directions, in units of ``step``.
    step : float
    variance : float32 array, shape (n_features,)
        Mean square of the features.
    curvature : float32 array, shape (n_bits,)
        Mean p (1 - p) of each bit.
    """

    center: Array32
    directions: Array32
    features: npt.NDArray[np.int16]
    step: float
    variance: Array32
    curvature: Array32

    @classmethod
    def load(cls, path: Path, sha256: str | None = None) -> Self:
        """Return the index of a file.

        Raises
        ------
        MsguiError
            The file is damaged, or not the one of the card (``sha256``).
        """
        with checked_arrays(path, sha256) as arrays:
            index = cls(
                center=arrays["center"].astype(np.float32),
                directions=arrays["directions"].astype(np.float32),
                features=arrays["features"].T.astype(np.int16),
                step=float(arrays["step"]),
                variance=arrays["variance"].astype(np.float32),
                curvature=arrays["curvature"].astype(np.float32),
            )
        if (
            index.directions.shape != (index.center.size, index.variance.size)
            or index.features.shape[1:] != index.variance.shape
            or index.curvature.shape != index.center.shape
        ):
            raise damaged(path, "its arrays do not fit together")
        return index

    def save(self, path: Path) -> None:
        """Write the index as a compressed ``.npz``."""
        np.savez_compressed(
            path,
            center=self.center.astype(np.float16),
            directions=self.directions.astype(np.float16),
            # Feature by feature: values of a column are alike, and pack better.
            features=np.ascontiguousarray(self.features.T),
            step=np.float32(self.step),
            variance=self.variance.astype(np.float32),
            curvature=self.curvature.astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.features)

    def features_of(self, probability: Array32) -> Array32:
        """Return the features of predictions, shape (n, n_features)."""
        return np.asarray((logits(probability) - self.center) @ self.directions, np.float32)

    @cached_property
    def _placed(self) -> Array32:
        return self.features.astype(np.float32) * np.float32(self.step)

    def scores(self, probability: Array32, bits: npt.NDArray[np.uint8], memory: Memory) -> Array32:
        """Return the influence of every training spectrum on the log-likelihood of some bits.

        Parameters
        ----------
        probability : float32 array, shape (n_bits,)
            What the model predicts for the spectrum in question.
        bits : uint8 array, shape (n_bits,)
            Fingerprint whose log-likelihood is asked about.
        memory : Memory
            Tells the structures of the training spectra.

        Returns
        -------
        float32 array, shape (n_spectra,)
            Positive where it raised the log-likelihood.
        """
        residual = (bits.astype(np.float32) - probability) / (self.curvature + BIT_DAMPING)
        looked_at = _weightiest(residual * np.sqrt(self.curvature + BIT_DAMPING))
        residual = residual[looked_at]
        pull = self._bits(memory)[:, looked_at].astype(np.float32) @ residual
        agree = pull[memory.structure] - self._predicted(looked_at, residual)
        training = self._placed
        damped = self.variance + np.float32(DAMPING * self.variance.mean())
        near = training @ (self.features_of(probability[None])[0] / damped) + np.float32(1.0)
        found: Array32 = near * agree
        return found

    def _predicted(self, bits: npt.NDArray[np.int64], weight: Array32) -> Array32:
        """Return the weighted sum of each training spectrum's own probabilities of some bits."""
        directions, center = -self.directions[bits].T, -self.center[bits]
        sums = np.empty(len(self), np.float32)
        for start in range(0, len(self), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            shown = self._placed[part] @ directions
            shown += center
            np.clip(shown, -LARGEST_LOGIT, LARGEST_LOGIT, out=shown)
            np.exp(shown, out=shown)
            shown += 1.0
            np.reciprocal(shown, out=shown)
            sums[part] = shown @ weight
        return sums

    def _bits(self, memory: Memory) -> npt.NDArray[np.uint8]:
        kept = self.__dict__.get("_structure_bits")
        if kept is None:
            kept = bits_of([str(smiles) for smiles in memory.smiles])
            self.__dict__["_structure_bits"] = kept
        return kept


def logits(probability: Array32) -> Array32:
    """Return log-odds, cut where single precision ends."""
    odds = np.clip(probability.astype(np.float64), 1e-30, 1 - 1e-16)
    found = np.clip(np.log(odds) - np.log1p(-odds), -LARGEST_LOGIT, LARGEST_LOGIT)
    return np.asarray(found, np.float32)


def _weightiest(residual: Array32) -> npt.NDArray[np.int64]:
    """Return the bits that hold almost all of the squared residual, in order."""
    order = np.argsort(-np.abs(residual), kind="stable")[:MOST_BITS]
    held = np.cumsum(residual[order].astype(np.float64) ** 2)
    enough = int(np.searchsorted(held, LOOKED_AT_SHARE * float((residual**2).sum()))) + 1
    return np.sort(order[:enough])


def influences(
    subject: Subject, memory: Memory, index: InfluenceIndex, most: int = MOST_SHOWN
) -> tuple[Influence, ...]:
    """Return the training spectra that helped the answer most, then those that hurt it most.

    Asked is about the structure in first place; without candidates about the predicted bits
    themselves. Of each compound the strongest spectrum of a side stands for all of them.

    Parameters
    ----------
    subject : Annotation
    memory : Memory
        The training spectra, in the order of the index.
    most : int
        On each side.
    """
    prediction = subject.prediction
    if prediction is None or len(memory) != len(index) or not len(memory):
        return ()
    top = subject.candidates[0].structure if subject.candidates else None
    if top is not None:
        bits = bits_of([top.smiles])[0]
    else:
        bits = (prediction.probability > prediction.threshold).astype(np.uint8)
    scores = index.scores(prediction.probability, bits, memory)
    key = top.inchikey14 if top is not None else ""
    strongest = float(np.abs(scores).max()) or 1.0
    helped = _one_of_each(scores, memory, most)
    hurt = _one_of_each(-scores, memory, most)
    return tuple(
        _influence(memory, row, float(scores[row]) / strongest, key) for row in (*helped, *hurt)
    )


def _one_of_each(scores: Array32, memory: Memory, most: int) -> list[int]:
    """Return the rows of the highest positive scores, one of each compound."""
    best = np.zeros(len(memory.smiles), np.float32)
    np.maximum.at(best, memory.structure, scores)
    compounds = np.argsort(-best, kind="stable")[:most]
    rows = []
    for compound in compounds[best[compounds] > 0].tolist():
        spectra = np.flatnonzero(memory.structure == compound)
        rows.append(int(spectra[np.argmax(scores[spectra])]))
    return rows


def _influence(memory: Memory, row: int, value: float, key: str) -> Influence:
    compound = int(memory.structure[row])
    return Influence(
        value=value,
        smiles=str(memory.smiles[compound]),
        inchikey14=str(memory.inchikey14[compound]),
        formula=str(memory.formula[compound]),
        name=str(memory.name[compound]),
        accession=str(memory.accession[row]),
        adduct=str(memory.adduct[row]),
        instrument=str(memory.instrument[row]),
        collision_energy=str(memory.energy[row]),
        same_compound=bool(key) and str(memory.inchikey14[compound]) == key,
    )
