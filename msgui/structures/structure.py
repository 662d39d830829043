"""One candidate structure as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Structure:
    """A neutral molecule without stereochemistry, as a candidate store keeps it.

    Parameters
    ----------
    smiles : str
        Canonical, non-isomeric. Atom indices everywhere in msgui count the atoms of this SMILES
        in the order in which RDKit parses them.
    inchikey14 : str
        First block of the InChIKey: the identity of a structure in msgui.
    formula : str
        Hill order.
    exact_mass : float
        Monoisotopic mass in Da.
    name, source, identifier : str
        For people; never given to a ranking.
    """

    smiles: str
    inchikey14: str
    formula: str
    exact_mass: float
    name: str = ""
    source: str = ""
    identifier: str = ""
