"""One piece of a molecule that explains one peak."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FragmentMatch:
    """A fragment of a candidate that has the mass of a peak.

    Parameters
    ----------
    atoms : tuple of int
        Indices of the heavy atoms it keeps, in the order of the candidate's SMILES.
    bonds_cut : tuple of int
        Indices of the bonds that were broken (RDKit's numbering of the same SMILES).
    hydrogen_shift : int
        Hydrogens moved: ion hydrogens minus those that the piece had in the molecule
        (the charge-carrying proton included).
    penalty : float
        Minus the logarithm of the signal that such a piece gives on average; lower is more
        plausible.
    formula : str
        Formula of the ion, Hill order, without charge.
    smiles : str
        The piece as SMILES, for tables.
    error_ppm : float
        (measured - computed) / computed * 1e6.
    rule : str
        Name of the rearrangement that made it (of two, joined by " + "); empty when only bonds
        were broken.
    """

    atoms: tuple[int, ...]
    bonds_cut: tuple[int, ...]
    hydrogen_shift: int
    penalty: float
    formula: str
    smiles: str
    error_ppm: float
    rule: str = ""
