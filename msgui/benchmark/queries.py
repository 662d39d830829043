"""The spectra that a benchmark asks about, and the candidates among which the answer stands."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.library.store import Library
from msgui.prediction.agreement import bits_of
from msgui.prediction.inputs import precursor_of
from msgui.spectra.spectrum import Spectrum
from msgui.structures.store import StructureStore
from msgui.structures.structure import Structure

By = Literal["formula", "mass"]
MASS_WINDOW_PPM = 10.0


@dataclass(frozen=True, eq=False)
class Query:
    """A spectrum whose structure is known.

    Parameters
    ----------
    spectrum : Spectrum
        Without name, structure and formula, so that nothing can peep.
    formula, adduct, smiles, inchikey14 : str
        The truth.
    """

    spectrum: Spectrum
    formula: str
    adduct: str
    smiles: str
    inchikey14: str


@dataclass(frozen=True, eq=False)
class Pool:
    """The candidates of one query, one for each first InChIKey block.

    Parameters
    ----------
    structures : tuple of Structure
        Without names and sources; in the order of their InChIKeys.
    truth : int
        Place of the true structure.
    """

    structures: tuple[Structure, ...]
    truth: int

    def __len__(self) -> int:
        return len(self.structures)

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """Fingerprints, shape (n, 4096)."""
        return bits_of([structure.smiles for structure in self.structures])


def find_queries(
    library: Library, accessions: Collection[str], most: int = 0, seed: int = 0
) -> list[Query]:
    """Return the spectra of a library with these accessions that have structure and adduct.

    Parameters
    ----------
    most : int
        Take a random sample of this size; 0 takes all.
    """
    wanted = set(accessions)
    rows = np.flatnonzero([key in wanted for key in library.accessions])
    if most and rows.size > most:
        rows = np.sort(np.random.default_rng(seed).permutation(rows)[:most])
    found = (_query(library, int(row)) for row in rows)
    return [query for query in found if query is not None]


def _query(library: Library, row: int) -> Query | None:
    from msgui.chemistry.adducts import parse_adduct

    spectrum = library.spectrum(row)
    if not (spectrum.smiles and spectrum.formula and spectrum.adduct and len(spectrum)):
        return None
    try:
        adduct = parse_adduct(spectrum.adduct, spectrum.polarity).name
    except MsguiError:
        return None
    # Where the record has no precursor, a chemist would enter the one that was isolated.
    precursor = spectrum.precursor_mz or precursor_of(spectrum, spectrum.formula, adduct)
    bare = replace(
        spectrum,
        precursor_mz=precursor or None,
        smiles=None,
        formula=None,
        inchikey=None,
        title="",
        metadata={},
        adduct=adduct,
    )
    return Query(bare, spectrum.formula, adduct, spectrum.smiles, str(spectrum.inchikey)[:14])


class Pools:
    """Candidates from a store, fetched once for each formula or mass."""

    def __init__(self, store: StructureStore, by: By) -> None:
        self.store = store
        self.by = by
        self._fetch = lru_cache(maxsize=4096)(self._structures)

    def of(self, query: Query) -> Pool | None:
        """Return the candidates of a query; None when the store lacks the true structure."""
        structures = self._fetch(query.formula)
        keys = [structure.inchikey14 for structure in structures]
        if query.inchikey14 not in keys:
            return None
        return Pool(structures, keys.index(query.inchikey14))

    def _structures(self, formula: str) -> tuple[Structure, ...]:
        from msgui.chemistry.formula import Formula

        if self.by == "formula":
            found = self.store.by_formula(formula)
        else:
            found = self.store.by_mass(Formula.parse(formula).mass, MASS_WINDOW_PPM)
        return tuple(
            sorted(
                (Structure(s.smiles, s.inchikey14, s.formula, s.exact_mass) for s in found),
                key=lambda s: s.inchikey14,
            )
        )


def with_foreign_peaks(
    queries: Sequence[Query], library: Library, seed: int = 0
) -> list[Query | None]:
    """Return each query with the peaks of another compound of the same formula and adduct.

    None where the library holds no such spectrum. A model that does not look at the spectrum
    answers these as well as the real ones.
    """
    rng = np.random.default_rng(seed)
    result: list[Query | None] = []
    for query in queries:
        molecules = library.molecules_of_formula(query.formula)
        others = np.array(
            [n for n in molecules if library.molecule(int(n)).inchikey14 != query.inchikey14],
            dtype=np.int64,
        )
        lender = None
        for row in rng.permutation(library.rows_of(others)):
            found = _query(library, int(row))
            if found is not None and found.adduct == query.adduct:
                lender = found.spectrum
                break
        if lender is None:
            result.append(None)
            continue
        spectrum = query.spectrum.with_(mz=lender.mz, intensity=lender.intensity)
        result.append(replace(query, spectrum=spectrum))
    return result


def truth_bits(queries: Sequence[Query]) -> npt.NDArray[np.uint8]:
    """Return the true fingerprints, shape (n, 4096)."""
    return bits_of([query.smiles for query in queries])


def sides(side: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the accessions of each side of a split."""
    found: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    for accession, name in side.items():
        found.setdefault(name, []).append(accession)
    return found
