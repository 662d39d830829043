"""How much each piece of evidence counts in a ranking, for each set of evidence that speaks."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from msgui.errors import MsguiError
from msgui.paths import resources

# The kinds of evidence: agreement with the predicted fingerprint, with the fingerprint of the
# nearest reference spectra, explained peaks, and expected intensities.
KINDS = ("model", "baseline", "explanation", "forward")
WEIGHTS_FILE = Path("ranking") / "weights.json"
MEASURE = "weighted cosine"


@dataclass(frozen=True)
class Weights:
    """Weights of evidence, fitted for each set of evidence that can speak together.

    Parameters
    ----------
    sets : mapping of frozenset of str to mapping of str to float
        For each set of kinds the weight of each; the weights of a set sum to one. A set that is
        not listed counts its kinds alike.
    relative : frozenset of str
        Kinds that are given as a share of the best in the list.
    measure : str
        Name in ``agreement.MEASURES`` of the agreement of fingerprints that is meant.
    fitted : mapping
        Where they were fitted; empty for weights that were not.
    sha256 : str
        Digest of their file; empty for weights that come from none.
    """

    sets: Mapping[frozenset[str], Mapping[str, float]] = field(default_factory=dict)
    relative: frozenset[str] = frozenset()
    measure: str = MEASURE
    fitted: Mapping[str, Any] = field(default_factory=dict)
    sha256: str = ""

    def of(self, kinds: Iterable[str]) -> Mapping[str, float]:
        """Return the weight of each kind when these kinds speak."""
        speaking = frozenset(kinds)
        found = self.sets.get(speaking)
        if found is not None:
            return found
        return {kind: 1 / len(speaking) for kind in KINDS if kind in speaking}


def sets_of(kinds: Iterable[str] = KINDS) -> list[tuple[str, ...]]:
    """Return every set of one or more kinds, the small ones first."""
    names = tuple(kinds)
    return [found for size in range(1, len(names) + 1) for found in combinations(names, size)]


@lru_cache(maxsize=1)
def bundled_weights() -> Weights:
    """Return the weights that came with msgui."""
    return read_weights(resources() / WEIGHTS_FILE)


def read_weights(path: Path) -> Weights:
    """Return the weights of a file.

    Raises
    ------
    MsguiError
        The file is missing or damaged, or has a weight below zero.
    """
    try:
        content = path.read_bytes()
        told = json.loads(content)
        sets = {
            frozenset(row): {str(name): float(weight) for name, weight in row.items()}
            for row in told["sets"]
        }
        relative, measure = frozenset(told["relative"]), str(told["measure"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise MsguiError(
            f"The weights of the ranking cannot be read ({fault}).",
            "Fit them again with: msgui train --task ranking",
            str(path),
        ) from fault
    if any(weight < 0 for row in sets.values() for weight in row.values()):
        raise MsguiError(
            "A weight of the ranking is below zero.",
            "Fit them again with: msgui train --task ranking",
            str(path),
        )
    digest = hashlib.sha256(content).hexdigest()
    return Weights(sets, relative, measure, told.get("fitted", {}), digest)


def write_weights(weights: Weights, path: Path) -> None:
    """Write weights to a file that :func:`read_weights` reads; the same weights, the same bytes."""
    told = {
        "measure": weights.measure,
        "relative": sorted(weights.relative),
        "sets": [dict(row) for row in weights.sets.values()],
        "fitted": dict(weights.fitted),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
