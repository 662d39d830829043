"""What was measured of a set-up once, so that an answer made with it can be judged.

The file is made by ``msgui train --task trust`` and stands in the folder of the model. It holds one
entry for each structure store and for each way in which the formula came about; nothing in it
applies to any other set-up.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from msgui.errors import MsguiError
from msgui.prediction.card import TRUST_FILE
from msgui.trust.confidence import Logistic
from msgui.trust.set_up import FormulaKind, SetUp
from msgui.trust.values import Frequency, State, Usefulness

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on the number of a check speaks against an answer.

    Parameters
    ----------
    worse : "high" or "low"
        Which end of the scale is the bad one.
    warn, problem : float or None
        None where no part of the scale was that much worse.
    usefulness : Usefulness
    """

    worse: Literal["high", "low"]
    warn: float | None
    problem: float | None
    usefulness: Usefulness

    def state(self, value: float) -> State:
        """Return what a number means; unknown where no limit was found."""
        if self.problem is not None and self._reaches(value, self.problem):
            return "problem"
        if self.warn is None and self.problem is None:
            return "unknown"
        return "warn" if self.warn is not None and self._reaches(value, self.warn) else "ok"

    def _reaches(self, value: float, limit: float) -> bool:
        return value >= limit if self.worse == "high" else value <= limit


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Which answers are accepted at one error rate.

    Parameters
    ----------
    error_percent : int
        The rate that the user chooses.
    threshold : float or None
        Least confidence that is accepted; None when no answer can be.
    coverage, error : float
        Share of the compounds kept aside that was accepted, and the share of these that was wrong;
        NaN when none was.
    molecules : int
        Compounds kept aside that were accepted.
    within : float
        Share of repeats, each with half of the compounds kept aside, in which the error stayed
        within the rate.
    """

    error_percent: int
    threshold: float | None
    coverage: float
    error: float
    molecules: int
    within: float


@dataclass(frozen=True)
class Calibrated:
    """What was measured of one set-up.

    Parameters
    ----------
    set_up : SetUp
    formula : "computed" or "known"
    candidates : str
        Name of the structure store.
    data : str
        Name of the set that the frequencies were measured on.
    spectra, molecules : int
        Size of that set.
    adducts, analysers : tuple of str
        That stood in it often enough.
    most_candidates : int
        Length of its longest lists.
    limits : mapping of str to Limit
        By check.
    first, five : Logistic
        Confidence that the right structure is in first place, among the first five.
    good, fair : float or None
        Least confidence (``first`` and ``five``) for these words; None: never given.
    frequencies : mapping of str to Frequency
        By word.
    elsewhere : mapping of str to Frequency
        By word, on compounds of other laboratories, which nothing was fitted to.
    elsewhere_data : str
    acceptances : tuple of Acceptance
    """

    set_up: SetUp
    formula: FormulaKind
    candidates: str
    data: str
    spectra: int
    molecules: int
    adducts: tuple[str, ...]
    analysers: tuple[str, ...]
    most_candidates: int
    limits: Mapping[str, Limit]
    first: Logistic
    five: Logistic
    good: float | None
    fair: float | None
    frequencies: Mapping[str, Frequency]
    elsewhere: Mapping[str, Frequency]
    elsewhere_data: str
    acceptances: tuple[Acceptance, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as plain values, in the order in which a person reads it."""
        found = dict(vars(self))
        found["set_up"] = asdict(self.set_up)
        for name in ("limits", "frequencies", "elsewhere"):
            found[name] = {key: _plain(asdict(v)) for key, v in found[name].items()}
        for name in ("first", "five"):
            found[name] = _plain_logistic(found[name])
        found["acceptances"] = [_plain(asdict(row)) for row in self.acceptances]
        found["adducts"], found["analysers"] = list(self.adducts), list(self.analysers)
        return _plain(found)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the entry that :meth:`as_dict` wrote."""
        found = dict(record)
        found["set_up"] = SetUp(**found["set_up"])
        found["limits"] = {
            name: Limit(**{**limit, "usefulness": Usefulness(**limit["usefulness"])})
            for name, limit in found["limits"].items()
        }
        for name in ("frequencies", "elsewhere"):
            found[name] = {word: Frequency(**row) for word, row in found[name].items()}
        for name in ("first", "five"):
            found[name] = _logistic(found[name])
        found["acceptances"] = tuple(
            Acceptance(**{name: _or_nan(name, value) for name, value in row.items()})
            for row in found["acceptances"]
        )
        found["adducts"], found["analysers"] = tuple(found["adducts"]), tuple(found["analysers"])
        return cls(**found)


@dataclass(frozen=True)
class Calibration:
    """All entries of a file."""

    entries: tuple[Calibrated, ...]

    def of(self, set_up: SetUp, formula: FormulaKind) -> Calibrated | None:
        """Return what was measured of a set-up; None when nothing was."""
        fitting = (e for e in self.entries if e.set_up == set_up and e.formula == formula)
        return next(fitting, None)

    def with_entries(self, entries: tuple[Calibrated, ...]) -> "Calibration":
        """Return the calibration with the entries of other stores kept, those of other models not.

        What belongs to weights that are gone can never apply again.
        """
        new = entries[0].set_up
        kept = tuple(
            e
            for e in self.entries
            if e.set_up.candidates != new.candidates
            and (e.set_up.model, e.set_up.forward, e.set_up.ranking)
            == (new.model, new.forward, new.ranking)
        )
        return Calibration((*kept, *entries))

    def save(self, folder: Path) -> Path:
        """Write the file into a folder and return its path."""
        record = {"format": FORMAT, "entries": [entry.as_dict() for entry in self.entries]}
        path = folder / TRUST_FILE
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the calibration of a folder; empty when it has none.

        Raises
        ------
        MsguiError
            When the file is damaged.
        """
        path = folder / TRUST_FILE
        if not path.is_file():
            return cls(())
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["format"] != FORMAT:
                return cls(())
            return cls(tuple(Calibrated.from_dict(entry) for entry in record["entries"]))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise MsguiError(
                f"What was measured of the model's trust cannot be read ({fault}).",
                "Measure it again with: msgui train --task trust",
                str(path),
            ) from fault


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with six digits, and null for what is not a number."""
    return {name: _digits(value) for name, value in record.items()}


def _digits(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value


def _or_nan(name: str, value: Any) -> Any:
    return float("nan") if value is None and name != "threshold" else value


def _plain_logistic(fit: Logistic) -> dict[str, Any]:
    columns = zip(fit.names, fit.mean, fit.scale, fit.weight, strict=True)
    numbers = {
        name: {
            "mean": round(float(mean), 6),
            "scale": round(float(scale), 6),
            "weight": round(float(weight), 6),
        }
        for name, mean, scale, weight in columns
    }
    return {"constant": round(fit.constant, 6), "signals": numbers}


def _logistic(record: Mapping[str, Any]) -> Logistic:
    names = tuple(record["signals"])
    columns = {
        part: np.array([float(record["signals"][name][part]) for name in names])
        for part in ("mean", "scale", "weight")
    }
    return Logistic(names, **columns, constant=float(record["constant"]))
