"""Which piece of a candidate is which peak."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from msgui.chemistry.adducts import Adduct
from msgui.chemistry.formula import ELEMENT_INDEX, Formula
from msgui.fragments.enumerate import FragmentSet, rearranged_fragments_of
from msgui.fragments.fragment import FragmentMatch
from msgui.fragments.graph import parse
from msgui.fragments.ions import IonForm, ion_forms, sought_masses
from msgui.fragments.penalties import MOST_HYDROGENS, ONLY_RULES, penalties

FloatArray = npt.NDArray[np.float64]

MOST_MATCHES = 20  # pieces listed for one peak: more than anybody leafs through
_REACH_DA = 5.5  # five hydrogens and any tolerance that makes sense


def explain(
    mz: npt.ArrayLike,
    intensity: npt.ArrayLike,
    smiles: str,
    adduct: Adduct,
    tolerance_ppm: float,
    max_bonds: int = 3,
) -> tuple[tuple[FragmentMatch, ...], ...]:
    """Return for each peak the pieces of a molecule that have its mass, most plausible first.

    Parameters
    ----------
    mz, intensity : array_like, shape (n_peaks,)
        The intensities do not matter to which pieces fit; they stand here so that spectra are
        passed around in one way.
    smiles : str
        The candidate; atom and bond indices of the result count in its order.
    adduct : Adduct
        Of the precursor: it decides which charges, metals and solvents a fragment may carry.
    tolerance_ppm : float
    max_bonds : int
        0 to 3.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read or is too large.

    Examples
    --------
    >>> from msgui.chemistry.adducts import parse_adduct
    >>> caffeine = "Cn1cnc2c1c(=O)n(C)c(=O)n2C"
    >>> best = explain([138.0662], [1.0], caffeine, parse_adduct("[M+H]+"), 10)[0][0]
    >>> best.formula, best.bonds_cut, best.hydrogen_shift
    ('C6H8N3O', (7, 11), 1)
    """
    del intensity
    peaks = np.asarray(mz, dtype=np.float64)
    mode = 0 if adduct.charge > 0 else 1
    found = rearranged_fragments_of(smiles, max_bonds, mode)
    forms = ion_forms(adduct)
    hits = hits_of(peaks, found, adduct, tolerance_ppm, penalties().most)
    molecule = _kekulized(smiles)
    texts: dict[tuple[object, ...], str] = {}
    result: list[tuple[FragmentMatch, ...]] = []
    for peak in range(peaks.size):
        matches: dict[tuple[object, ...], FragmentMatch] = {}
        named: set[tuple[object, ...]] = set()
        for hit in hits.of_peak(peak):
            form, piece, shift = forms[hits.form[hit]], int(hits.piece[hit]), int(hits.shift[hit])
            atoms = found.atoms_of(piece)
            formula = str(_ion_formula(found, piece, form, shift))
            known = matches.get((atoms, formula))
            if known is not None:
                # The same piece by rules alone: chemists call it by that name.
                if found.way[piece] in ONLY_RULES and (atoms, formula) not in named:
                    named.add((atoms, formula))
                    matches[atoms, formula] = replace(known, rule=found.rule_of(piece))
                continue
            if len(matches) == MOST_MATCHES:
                continue
            if found.way[piece] in ONLY_RULES:
                named.add((atoms, formula))
            joined = found.joined_in(piece)
            if (atoms, joined) not in texts:
                texts[atoms, joined] = _piece_smiles(molecule, atoms, joined)
            matches[atoms, formula] = FragmentMatch(
                atoms=atoms,
                bonds_cut=found.bonds_of(piece),
                hydrogen_shift=shift,
                penalty=float(hits.penalty[hit]),
                formula=formula,
                smiles=texts[atoms, joined],
                error_ppm=float(hits.error_ppm[hit]),
                rule=found.rule_of(piece),
            )
        result.append(tuple(matches.values()))
    return tuple(result)


@dataclass(frozen=True, eq=False)
class Hits:
    """Pairs of peak and piece within tolerance, by peak and then by penalty.

    Parameters
    ----------
    peak, piece, form, shift : int64 arrays, shape (n,)
        Indices into the peaks, the pieces and the forms of the adduct; hydrogens moved.
    penalty, error_ppm : float64 arrays, shape (n,)
    """

    peak: npt.NDArray[np.int64]
    piece: npt.NDArray[np.int64]
    form: npt.NDArray[np.int64]
    shift: npt.NDArray[np.int64]
    penalty: FloatArray
    error_ppm: FloatArray

    def of_peak(self, peak: int) -> range:
        """Return the rows of one peak."""
        first, last = np.searchsorted(self.peak, [peak, peak + 1])
        return range(int(first), int(last))


def hits_of(
    mz: FloatArray,
    found: FragmentSet,
    adduct: Adduct,
    tolerance_ppm: float,
    most_penalty: float = np.inf,
) -> Hits:
    """Return which pieces have the mass of which peaks.

    Parameters
    ----------
    mz : float64 array, shape (n_peaks,)
    found : FragmentSet
        Of :func:`rearranged_fragments_of`, in the mode of the adduct.
    adduct : Adduct
    tolerance_ppm : float
    most_penalty : float
        Pieces with a higher penalty are left out.
    """
    from msgui.fragments import kernels

    forms, table = ion_forms(adduct), penalties()
    mode = 0 if adduct.charge > 0 else 1
    sought = sought_masses(mz, forms, tolerance_ppm)
    by_mass = np.argsort(found.mass, kind="stable")
    columns: list[tuple[npt.NDArray[np.generic], ...]] = []
    for index, form in enumerate(forms):
        wanted = sought.target[index] - form.partners * found.mass[0]
        peak, piece = _within_reach(wanted, found.mass[by_mass])
        piece = by_mass[piece]
        gap = wanted[peak] - found.mass[piece]
        moved = np.rint(gap / kernels.HYDROGEN).astype(np.int64)
        off = gap - moved * kernels.HYDROGEN
        held = found.hydrogens[piece] + moved
        fits = (np.abs(off) <= sought.tolerance[index][peak]) & (abs(moved) <= kernels.MAX_SHIFT)
        fits &= (held >= 0) & (held <= found.capacity[piece] + form.room)
        fits &= held <= found.hydrogens[0] + form.ceiling
        peak, piece, moved, off = peak[fits], piece[fits], moved[fits], off[fits]
        beyond = np.clip(
            moved - form.natural - found.expected[piece], -MOST_HYDROGENS, MOST_HYDROGENS
        )
        cost = (
            found.penalty[piece] + table.hydrogens[mode][found.way[piece], beyond + MOST_HYDROGENS]
        )
        is_radical = (found.capacity[piece] + found.hydrogens[piece] + moved + form.room) % 2 == 1
        cost += table.radical[mode] * is_radical
        fits = cost <= most_penalty
        peak, piece, moved, off, cost = peak[fits], piece[fits], moved[fits], off[fits], cost[fits]
        error = off / (mz[peak] * abs(form.charge) - off) * 1e6
        columns.append((peak, piece, np.full(peak.size, index), moved, cost, error))
    joined = [np.concatenate(column) for column in zip(*columns, strict=True)]
    peak, piece, form_index, moved, cost, error = joined
    # Equal costs: the better mass first, then the order of the atoms, so that runs agree.
    order = np.lexsort((piece, form_index, np.round(np.abs(error), 6), np.round(cost, 6), peak))
    return Hits(*(column[order] for column in joined))


def _within_reach(
    wanted: FloatArray, ascending: FloatArray
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return pairs of a wanted mass and a mass that at most so many hydrogens lie between."""
    first = np.searchsorted(ascending, wanted - _REACH_DA)
    count = np.searchsorted(ascending, wanted + _REACH_DA) - first
    which = np.repeat(np.arange(wanted.size), count)
    place = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count) + first[which]
    return which, place


def _ion_formula(found: FragmentSet, piece: int, form: IonForm, shift: int) -> Formula:
    counts = found.counts[piece].astype(np.int64) + form.partners * found.counts[0]
    counts[ELEMENT_INDEX["H"]] += shift
    return Formula.from_counts(counts) + form.atoms


def _kekulized(smiles: str) -> Chem.Mol:
    """Return the molecule with single and double bonds, so that its pieces are valid SMILES."""
    molecule = parse(smiles)
    Chem.Kekulize(molecule, clearAromaticFlags=True)
    return molecule


def _piece_smiles(
    molecule: Chem.Mol, atoms: tuple[int, ...], joined: tuple[tuple[int, int], ...]
) -> str:
    edited = Chem.RWMol(molecule)
    for a, b in joined:
        if edited.GetBondBetweenAtoms(a, b) is None:
            edited.AddBond(a, b, Chem.BondType.SINGLE)
    return str(Chem.MolFragmentToSmiles(edited, atomsToUse=list(atoms)))


def warm_up() -> None:
    """Load the compiled kernels (seconds at the very first call, a moment afterwards).

    The window calls it in the background after it has drawn itself.
    """
    from msgui.chemistry.adducts import default_adduct
    from msgui.fragments.scoring import score_candidates

    protonated = default_adduct("positive")
    explain([47.05], [1.0], "CCO", protonated, 10.0)
    score_candidates([29.04], [1.0], ["CCO"], protonated, 10.0, 47.05)
