"""Which spectra a model learns from and which it is tested on."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.training.dataset import Dataset

SplitKind = Literal["random", "molecule", "scaffold", "formula", "instrument", "learned"]
KINDS: tuple[SplitKind, ...] = get_args(SplitKind)
# A group that would fill more than this share of a side alone stays in training.
LARGEST_GROUP_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Split:
    """Side of every spectrum, by accession, so that it can be kept and used again.

    Parameters
    ----------
    kind : str
        "random", "molecule", "scaffold", "formula", "instrument" or "learned".
    seed : int
    side : mapping of str to str
        Accession to "train", "validation" or "test".
    """

    kind: SplitKind
    seed: int
    side: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Digest of what the split says (not of how the file is laid out)."""
        lines = "\n".join(f"{key}\t{self.side[key]}" for key in sorted(self.side))
        return hashlib.sha256(f"{self.kind}\n{lines}".encode()).hexdigest()

    def mask(self, dataset: Dataset, side: str) -> npt.NDArray[np.bool_]:
        """Return which spectra of a data set stand on a side, shape (n,)."""
        return np.array([self.side.get(str(key)) == side for key in dataset.accession], bool)

    def save(self, path: str | Path) -> None:
        """Write the split as JSON."""
        record = {
            "kind": self.kind,
            "seed": self.seed,
            "sha256": self.sha256,
            "side": {key: self.side[key] for key in sorted(self.side)},
        }
        Path(path).write_text(json.dumps(record, indent=0) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return a split that :meth:`save` wrote.

        Raises
        ------
        MsguiError
            When the file is no split, or was changed after it was written.
        """
        try:
            record = json.loads(Path(path).read_text(encoding="utf-8"))
            split = cls(record["kind"], int(record["seed"]), record["side"])
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise MsguiError(
                f"The split cannot be read ({fault}).", "Make it again with --split.", str(path)
            ) from fault
        if split.sha256 != record.get("sha256"):
            raise MsguiError(
                "The split was changed after it was written: its digest does not fit.",
                "Take the original, or make a new one.",
                str(path),
            )
        return split


def make_split(
    dataset: Dataset,
    kind: SplitKind,
    *,
    validation: float = 0.1,
    test: float = 0.1,
    seed: int = 0,
) -> Split:
    """Return a split of a data set; the shares are of molecules (of spectra when random).

    Whole groups are dealt out in random order: a spectrum, a first InChIKey block, a scaffold or a
    molecular formula. A group that would fill a fifth of a side stays in training (benzene alone
    is a tenth of all molecules). The instrument split trains on the commonest analyser, with
    molecules held out for validation, and is tested on all other analysers. The learned split is
    tested on the molecules that a network generalizes to worst (see ``learned_split``; minutes for
    some thousand molecules).

    Raises
    ------
    MsguiError
        For an unknown kind, when a side would be empty, or when a split is to be learned and torch
        is not installed.
    """
    if kind not in KINDS:
        raise MsguiError(f"There is no split {kind!r}.", f"Choose one of {', '.join(KINDS)}.")
    if kind == "instrument":
        return _checked(_instrument_split(dataset, validation, seed), validation, test)
    if kind == "learned":
        return _checked(_learned_split(dataset, validation, test, seed), validation, test)
    group = _groups(dataset, kind)
    weight = _weights(dataset, group, kind)
    sides = _deal(weight, {"test": test, "validation": validation}, seed)
    side = {str(key): str(sides[g]) for key, g in zip(dataset.accession, group, strict=True)}
    return _checked(Split(kind, seed, side), validation, test)


def _checked(split: Split, validation: float, test: float) -> Split:
    found = set(split.side.values())
    for name, share in (("train", 1.0), ("validation", validation), ("test", test)):
        if share > 0 and name not in found:
            raise MsguiError(
                f"The {split.kind} split leaves nothing for {name}.",
                "Use more data, another split or other shares.",
            )
    return split


def _instrument_split(dataset: Dataset, validation: float, seed: int) -> Split:
    """Return a split that trains on the commonest analyser and is tested on all others."""
    commonest = int(np.bincount(dataset.analyser).argmax())
    molecules = np.random.default_rng(seed).permutation(np.unique(dataset.molecule))
    held_out = set(molecules[: int(validation * molecules.size)].tolist())
    side = {}
    for key, analyser, molecule in zip(
        dataset.accession, dataset.analyser, dataset.molecule, strict=True
    ):
        inner = "validation" if int(molecule) in held_out else "train"
        side[str(key)] = inner if analyser == commonest else "test"
    return Split("instrument", seed, side)


def _learned_split(dataset: Dataset, validation: float, test: float, seed: int) -> Split:
    """Return a split that is tested on what is learned worst from the rest."""
    try:
        from msgui.training.learned_split import hardest_molecules
    except ImportError as fault:
        raise MsguiError(
            "The learned split needs torch, which is not installed.",
            "Install msgui[train], or take another split.",
        ) from fault
    tested = hardest_molecules(dataset, test, seed)
    rest = np.setdiff1d(np.unique(dataset.molecule), np.flatnonzero(tested))
    n_held = round(validation * (rest.size + np.count_nonzero(tested)))
    side_of = np.where(tested, "test", "train").astype("<U10")
    side_of[np.random.default_rng(seed).permutation(rest)[:n_held]] = "validation"
    sides = side_of[dataset.molecule]
    side = {str(key): str(name) for key, name in zip(dataset.accession, sides, strict=True)}
    return Split("learned", seed, side)


def _weights(dataset: Dataset, group: npt.NDArray[np.int64], kind: str) -> list[int]:
    if kind == "random":
        return [1] * len(dataset)
    members: dict[int, set[int]] = defaultdict(set)
    for g, molecule in zip(group, dataset.molecule, strict=True):
        members[int(g)].add(int(molecule))
    return [len(members[g]) for g in range(int(group.max()) + 1)]


def _deal(weight: Sequence[int], shares: Mapping[str, float], seed: int) -> npt.NDArray[np.str_]:
    """Return the side of each group, filling the small sides first."""
    total = sum(weight)
    sides = np.full(len(weight), "train", dtype="<U10")
    order = iter(np.random.default_rng(seed).permutation(len(weight)).tolist())
    for name, share in shares.items():
        filled, wanted = 0, share * total
        largest = max(1.0, LARGEST_GROUP_SHARE * wanted)
        while filled < wanted:
            g = next(order, None)
            if g is None:
                break
            if weight[g] <= largest:
                sides[g] = name
                filled += weight[g]
    return sides


def _groups(dataset: Dataset, kind: SplitKind) -> npt.NDArray[np.int64]:
    if kind == "random":
        return np.arange(len(dataset), dtype=np.int64)
    if kind == "molecule":
        return _numbered(dataset.molecule.tolist())
    if kind == "formula":
        return _numbered([dataset.molecules.formula[m] for m in dataset.molecule])
    groups = scaffold_groups(dataset.molecules.smiles, dataset.molecules.inchikey14)
    return _numbered([groups[m] for m in dataset.molecule])


def _numbered(names: Sequence[Any]) -> npt.NDArray[np.int64]:
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names], np.int64)


def scaffold_groups(smiles: Sequence[str], inchikey14: Sequence[str]) -> list[int]:
    """Return a group number for each molecule such that no scaffold stands in two groups.

    Murcko scaffolds; molecules of one first InChIKey block (tautomers may differ in scaffold)
    join the groups of all their scaffolds. Acyclic molecules have no scaffold and are grouped by
    molecular formula instead.
    """
    from rdkit import Chem
    from rdkit.Chem.rdMolDescriptors import CalcMolFormula

    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    scaffolds = []
    for text, block in zip(smiles, inchikey14, strict=True):
        scaffold = scaffold_of(text)
        formula = "" if scaffold else CalcMolFormula(Chem.MolFromSmiles(text))
        key = f"scaffold {scaffold}" if scaffold else f"formula {formula}"
        scaffolds.append(key)
        parent[root(key)] = root(f"block {block}")
    return [int(number) for number in _numbered([root(key) for key in scaffolds])]


def scaffold_of(smiles: str) -> str:
    """Return the Murcko scaffold of a molecule as SMILES; empty when it has no ring.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read.
    """
    from rdkit import Chem
    from rdkit.Chem.Scaffolds import MurckoScaffold

    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise MsguiError(f"The SMILES {smiles!r} cannot be read.", "Clean the data first.")
    scaffold = MurckoScaffold.GetScaffoldForMol(molecule)
    return str(Chem.MolToSmiles(scaffold, isomericSmiles=False))


def check_leaks(dataset: Dataset, split: Split) -> dict[str, int]:
    """Return how many molecules, formulas and analysers stand on two sides, by name.

    Raises
    ------
    MsguiError
        When the split promises more than it keeps: a shared molecule in a molecule, scaffold,
        formula or learned split, a shared scaffold in a scaffold split, a shared formula in a
        formula split, a shared analyser in an instrument split; or when a spectrum is on no side.
    """
    on_no_side = sum(str(key) not in split.side for key in dataset.accession)
    if on_no_side:
        raise MsguiError(
            f"{on_no_side} spectra stand on no side of the split.",
            "The split was made for other data: make a new one.",
        )
    groups: dict[str, list[Any]] = {
        "molecule": dataset.molecule.tolist(),
        "formula": [dataset.molecules.formula[m] for m in dataset.molecule],
        "instrument": dataset.analyser.tolist(),
    }
    if split.kind == "scaffold":
        scaffold = scaffold_groups(dataset.molecules.smiles, dataset.molecules.inchikey14)
        groups["scaffold"] = [scaffold[m] for m in dataset.molecule]
    # With instruments, validation is told from training by molecule; only the test is elsewhere.
    merged = {"validation": "train"} if split.kind == "instrument" else {}
    side = [split.side[str(key)] for key in dataset.accession]
    side = [merged.get(name, name) for name in side]
    shared = {name: _shared(side, keys) for name, keys in groups.items()}
    promised = {
        "random": (),
        "molecule": ("molecule",),
        "scaffold": ("molecule", "scaffold"),
        "formula": ("molecule", "formula"),
        "instrument": ("instrument",),
        "learned": ("molecule",),
    }
    for name in promised[split.kind]:
        if shared[name]:
            raise MsguiError(
                f"The {split.kind} split leaks: {shared[name]} {name}s stand on two sides.",
                "Make the split again from the same data.",
            )
    return shared


def _shared(side: Sequence[str], keys: Sequence[Any]) -> int:
    """Return how many groups stand on more than one side."""
    sides: dict[Any, set[str]] = defaultdict(set)
    for key, name in zip(keys, side, strict=True):
        sides[key].add(name)
    return sum(len(found) > 1 for found in sides.values())
