"""Molecules as msgui compares them: neutral, one piece, without stereochemistry or isotopes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.MolStandardize import rdMolStandardize

from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError

FINGERPRINT_BITS: Final = 4096
FINGERPRINT_RADIUS: Final = 2
LONGEST_SMILES: Final = 1000
LONGEST_INCHI: Final = 2000
MOST_HEAVY_ATOMS: Final = 250

# RDKit's own annotation of this function is missing.
_inchi_key: Callable[..., Any] = Chem.MolToInchiKey

_ALKALI: Final = frozenset({3, 11, 19, 37, 55})
# InChI gives up on a molecule after this many seconds instead of holding the whole list up.
_INCHI_OPTIONS: Final = "-W5"


@dataclass(frozen=True, slots=True)
class Standardized:
    """A molecule in the form in which msgui stores and compares structures.

    Parameters
    ----------
    smiles : str
        Canonical, non-isomeric; atom indices count its atoms in the order RDKit parses them.
    inchikey14 : str
        First block of the InChIKey.
    formula : str
        Hill order, without isotope labels and without charge.
    exact_mass : float
        Monoisotopic mass in Da of the atoms, so that the [M]+ of a cation is ``exact_mass`` minus
        an electron, like that of any other molecule.
    notice : str
        What was changed, in plain words; empty when nothing that matters was.
    charge : int
        Charge that could not be neutralized (quaternary nitrogen, sulfonium ...), else 0.
    labelled_formula : str
        The formula with its isotope labels when the input had some, else empty.
    """

    smiles: str
    inchikey14: str
    formula: str
    exact_mass: float
    notice: str = ""
    charge: int = 0
    labelled_formula: str = ""


def parse_smiles(smiles: str) -> Chem.Mol:
    """Return the RDKit molecule of a SMILES as it stands (nothing stripped, nothing neutralized).

    Raises
    ------
    MsguiError
        When it is empty, longer than 1000 characters, has more than 250 heavy atoms, or is not a
        molecule.
    """
    text = smiles.strip()
    if not text:
        raise MsguiError("The SMILES is empty.")
    if len(text) > LONGEST_SMILES:
        raise MsguiError(
            f"The SMILES has {len(text)} characters; up to {LONGEST_SMILES} are read.",
            "Leave this structure out: it is too large for small-molecule MS/MS.",
        )
    mol = _parsed(text)
    if mol is None:
        raise MsguiError(f"{_shortened(text)} is not a SMILES that can be read.", _why(text))
    if mol.GetNumHeavyAtoms() == 0:
        raise MsguiError(f"{_shortened(text)} has no heavy atoms.", "Give a whole structure.")
    if mol.GetNumHeavyAtoms() > MOST_HEAVY_ATOMS:
        raise MsguiError(
            f"The structure has {mol.GetNumHeavyAtoms()} heavy atoms; up to {MOST_HEAVY_ATOMS} "
            "are handled.",
            "Leave this structure out: it is too large for small-molecule MS/MS.",
        )
    return mol


def _parsed(text: str, sanitize: bool = True) -> Chem.Mol | None:
    try:
        with rdBase.BlockLogs():
            mol: Chem.Mol | None = Chem.MolFromSmiles(text, sanitize=sanitize)
    except Exception:  # RDKit raises many kinds; each means that this text is no molecule
        return None
    return mol


def bit_environments(smiles: str) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return the atoms and bonds behind each Morgan bit of a structure: of its first environment.

    Atoms and bonds are numbered as :func:`parse_smiles` reads them; the smallest environment stands
    for a bit that has several. Bits as in :func:`fingerprint`.
    """
    mol = parse_smiles(smiles)
    found: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    _generator().GetFingerprint(mol, additionalOutput=output)
    for bit, places in output.GetBitInfoMap().items():
        atom, radius = min(places, key=lambda place: (place[1], place[0]))
        bonds = tuple(Chem.FindAtomEnvironmentOfRadiusN(mol, radius, atom)) if radius else ()
        ends = {e for b in bonds for e in _ends(mol, b)} | {atom}
        found[int(bit)] = (tuple(sorted(ends)), tuple(sorted(bonds)))
    return found


def _ends(mol: Chem.Mol, bond: int) -> tuple[int, int]:
    joined = mol.GetBondWithIdx(bond)
    return joined.GetBeginAtomIdx(), joined.GetEndAtomIdx()


def standardize(smiles: str, known_block: str = "") -> Standardized:
    """Return the neutral, largest, non-isomeric molecule of a SMILES, and what was changed.

    The rules, in order: sodium and its like are cut off as ions; of several pieces the one with
    carbon and most heavy atoms stays; charges are removed by adding and taking hydrogens where
    that is possible; isotope labels are dropped (the labelled formula is kept beside); so is
    stereochemistry. Tautomers are left as drawn.

    Parameters
    ----------
    smiles : str
    known_block : str
        First InChIKey block of the molecule as it is written, where it is known: it need not be
        computed unless something is changed (stereochemistry is not in it) or a charge stays.

    Raises
    ------
    MsguiError
        When the text is no molecule, is too large, has a wildcard atom or no InChIKey.

    Examples
    --------
    >>> caffeine = standardize("Cn1cnc2c1c(=O)n(C)c(=O)n2C.Cl")
    >>> caffeine.smiles, caffeine.formula, caffeine.notice
    ('Cn1c(=O)c2c(ncn2C)n(C)c1=O', 'C8H10N4O2', 'salt or solvent removed: HCl')
    >>> caffeine.inchikey14, round(caffeine.exact_mass, 4)
    ('RYYVLZVUVIJVGH', 194.0804)
    """
    mol = parse_smiles(smiles)
    is_odd = bool(mol.HasSubstructMatch(_odd_atoms()))
    if is_odd and any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        raise MsguiError(
            f"{_shortened(smiles)} has a wildcard atom (*): it stands for many molecules.",
            "Give one whole structure.",
        )
    try:
        with rdBase.BlockLogs():
            return _standardized(mol, known_block, is_odd=is_odd)
    except MsguiError:
        raise
    except Exception as error:
        raise MsguiError(
            f"{_shortened(smiles)} could not be standardized.", "Check the structure."
        ) from error


def smiles_of_inchi(inchi: str) -> str:
    """Return the SMILES of an InChI.

    Raises
    ------
    MsguiError
        When it is longer than 2000 characters or is not a molecule.
    """
    text = inchi.strip()
    if len(text) > LONGEST_INCHI:
        raise MsguiError(
            f"The InChI has {len(text)} characters; up to {LONGEST_INCHI} are read.",
            "Leave this structure out: it is too large for small-molecule MS/MS.",
        )
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi(text)  # type: ignore[no-untyped-call]
    if mol is None or mol.GetNumAtoms() == 0:
        raise MsguiError(
            f"{_shortened(text)} is not an InChI that can be read.",
            "Copy the whole line, from InChI= on.",
        )
    return str(Chem.MolToSmiles(mol))


@lru_cache(maxsize=1)
def _odd_atoms() -> Any:
    """Return the pattern of wildcards, alkali metals, isotopes and charges; most have none."""
    return Chem.MolFromSmarts("[#0,#3,#11,#19,#37,#55,!0*,!+0]")


def _standardized(mol: Chem.Mol, known_block: str, *, is_odd: bool) -> Standardized:
    notices: list[str] = []
    labelled = ""
    drawn = mol
    if is_odd:
        mol = _without_alkali_bonds(mol)
    mol = _largest_piece(mol, notices)
    if is_odd:
        labelled = _remove_isotopes(mol, notices)
    if is_odd and any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        text, mol = _neutral(mol, notices)
    else:
        text, mol = _canonical(mol)
    charge = Chem.GetFormalCharge(mol)
    is_changed = bool(notices) or (is_odd and _charges(mol) != _charges(drawn))
    is_known = bool(known_block) and not charge and not is_changed
    block = known_block if is_known else _block(text, mol)
    if charge:
        notices.append(f"keeps a permanent charge of {charge:+d}")
    formula = Formula.parse(rdMolDescriptors.CalcMolFormula(mol))
    return Standardized(
        smiles=text,
        inchikey14=block,
        formula=str(formula),
        exact_mass=formula.mass,
        notice="; ".join(notices),
        charge=charge,
        labelled_formula=labelled,
    )


def _charges(mol: Chem.Mol) -> list[int]:
    return sorted(atom.GetFormalCharge() for atom in mol.GetAtoms())


def _block(text: str, mol: Chem.Mol) -> str:
    key = str(_inchi_key(mol, _INCHI_OPTIONS))
    if not key:
        raise MsguiError(
            f"{_shortened(text)} has no InChIKey.", "Check the valences it is drawn with."
        )
    return key[:14]


def _without_alkali_bonds(mol: Chem.Mol) -> Chem.Mol:
    """Return the molecule with bonds such as Na-O broken into ions, as a salt is meant."""
    bonds = [
        bond
        for bond in mol.GetBonds()
        if (bond.GetBeginAtom().GetAtomicNum() in _ALKALI)
        != (bond.GetEndAtom().GetAtomicNum() in _ALKALI)
    ]
    if not bonds:
        return mol
    pairs = [(bond.GetBeginAtom(), bond.GetEndAtom()) for bond in bonds]
    editable = Chem.RWMol(mol)
    for begin, end in pairs:
        metal, other = (begin, end) if begin.GetAtomicNum() in _ALKALI else (end, begin)
        editable.RemoveBond(metal.GetIdx(), other.GetIdx())
        for atom, change in ((metal, 1), (other, -1)):
            ion = editable.GetAtomWithIdx(atom.GetIdx())
            ion.SetFormalCharge(ion.GetFormalCharge() + change)
            ion.SetNoImplicit(True)
            ion.SetNumExplicitHs(atom.GetTotalNumHs())
    result: Chem.Mol = editable.GetMol()
    Chem.SanitizeMol(result)
    return result


def _largest_piece(mol: Chem.Mol, notices: list[str]) -> Chem.Mol:
    if len(Chem.GetMolFrags(mol)) == 1:
        return mol
    pieces = [
        (piece, Chem.MolToSmiles(piece, isomericSmiles=False))
        for piece in Chem.GetMolFrags(mol, asMols=True)
    ]

    ranks = [
        (
            bool(piece.HasSubstructMatch(_carbon())),
            piece.GetNumHeavyAtoms(),
            rdMolDescriptors.CalcExactMolWt(piece),
        )
        for piece, _ in pieces
    ]

    def size(place: int) -> tuple[bool, int, float, str]:
        is_tied = ranks.count(ranks[place]) > 1
        return *ranks[place], Chem.MolToSmiles(pieces[place][0]) if is_tied else ""

    order = sorted(range(len(pieces)), key=size, reverse=True)
    kept: Chem.Mol = pieces[order[0]][0]
    kept_text = pieces[order[0]][1]
    removed = [pieces[place][0] for place in order[1:] if pieces[place][1] != kept_text]
    if removed:
        names = dict.fromkeys(rdMolDescriptors.CalcMolFormula(piece) for piece in removed)
        notices.append(f"salt or solvent removed: {', '.join(names)}")
    if len(removed) < len(pieces) - 1:
        notices.append("one of several identical molecules kept")
    return kept


@lru_cache(maxsize=1)
def _carbon() -> Any:
    return Chem.MolFromSmarts("[#6]")


def _remove_isotopes(mol: Chem.Mol, notices: list[str]) -> str:
    atoms = [atom for atom in mol.GetAtoms() if atom.GetIsotope()]
    if not atoms:
        return ""
    labelled = str(rdMolDescriptors.CalcMolFormula(mol, True))
    for atom in atoms:
        atom.SetIsotope(0)
    notices.append(f"isotope labels removed: {labelled}")
    return labelled


@lru_cache(maxsize=1)
def _uncharger() -> Any:
    # Reading its patterns takes longer than neutralizing a molecule.
    return rdMolStandardize.Uncharger()


def _neutral(mol: Chem.Mol, notices: list[str]) -> tuple[str, Chem.Mol]:
    """Return the canonical form of an ion without the charges that hydrogens can take away.

    Of an aromatic carbanion (a cyclopentadienide) the neutral form is not aromatic. Other odd ions
    (a chloronium, a pentavalent silicon) have none that can be read; they stay as they are.
    """
    before = Chem.GetFormalCharge(mol)
    single = Chem.Mol(mol)
    Chem.Kekulize(single, clearAromaticFlags=True)
    for form in (mol, single):
        neutral: Chem.Mol = _uncharger().uncharge(form)
        written = _written(neutral)
        if written is not None:
            after = Chem.GetFormalCharge(neutral)
            if before != after:
                notices.append(f"charge {before:+d} neutralized")
            return written
    return _canonical(mol)


def _canonical(mol: Chem.Mol) -> tuple[str, Chem.Mol]:
    """Return the canonical SMILES and the molecule parsed from it.

    Raises
    ------
    MsguiError
        When what is written cannot be read.
    """
    written = _written(mol)
    if written is None:
        raise MsguiError(
            f"{_shortened(Chem.MolToSmiles(mol))} cannot be read again once it is written.",
            "Draw the neutral molecule that it stands for.",
        )
    return written


def _written(mol: Chem.Mol) -> tuple[str, Chem.Mol] | None:
    """Return a SMILES that stays the same when it is read, and its molecule; None for no SMILES.

    Parsing once more settles the aromaticity and the hydrogens, so that the same structure gives
    the same text whatever it was made from.
    """
    Chem.RemoveStereochemistry(mol)
    text = Chem.MolToSmiles(mol, isomericSmiles=False)
    for _ in range(3):
        parsed = _parsed(text)
        if parsed is None:
            return None
        again = Chem.MolToSmiles(parsed, isomericSmiles=False)
        if again == text:
            return text, parsed
        text = again
    parsed = _parsed(text)
    return None if parsed is None else (text, parsed)


@lru_cache(maxsize=1)
def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(
        radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
    )


def fingerprint(smiles: str) -> npt.NDArray[np.uint8]:
    """Return the Morgan fingerprint as packed bits, shape (512,).

    Radius 2, 4096 bits, packed as by :func:`numpy.packbits`. The SMILES should be standardized.

    Raises
    ------
    MsguiError
        As :func:`parse_smiles`.
    """
    bits = _generator().GetFingerprintAsNumPy(parse_smiles(smiles))
    return np.packbits(bits)


def fingerprints(smiles_list: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return the packed fingerprints of many molecules, shape (n, 512).

    Raises
    ------
    MsguiError
        When one cannot be read; ``where`` names its position.
    """
    result = np.empty((len(smiles_list), FINGERPRINT_BITS // 8), dtype=np.uint8)
    for index, smiles in enumerate(smiles_list):
        try:
            result[index] = fingerprint(smiles)
        except MsguiError as error:
            raise MsguiError(
                error.cause, error.action, error.file, f"structure {index + 1}"
            ) from error
    return result


def unpack(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return packed fingerprints as zeros and ones, shape (..., 4096)."""
    return np.unpackbits(bits, axis=-1)


def _shortened(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _why(smiles: str) -> str:
    """Return the reason RDKit's checks give for refusing a SMILES, as advice."""
    mol = _parsed(smiles, sanitize=False)
    if mol is None:
        return "Check the spelling: brackets, ring numbers and element symbols."
    with rdBase.BlockLogs():
        for problem in Chem.DetectChemistryProblems(mol):
            if problem.GetType() == "AtomValenceException":
                atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
                return f"Atom {atom.GetIdx() + 1} ({atom.GetSymbol()}) has too many bonds."
    return "Its aromatic rings cannot be drawn with alternating double bonds: check hydrogens on N."
