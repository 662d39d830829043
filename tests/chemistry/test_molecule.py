import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from msgui.chemistry.molecule import (
    bit_environments,
    fingerprint,
    fingerprints,
    parse_smiles,
    standardize,
    unpack,
)
from msgui.errors import MsguiError

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


@pytest.mark.parametrize(
    ("written", "smiles", "notice"),
    [
        ("OCC", "CCO", ""),
        ("C1=CC=CC=C1", "c1ccccc1", ""),
        ("CC(=O)[O-].[Na+]", "CC(=O)O", "Na+"),
        ("CC(=O)O[Na]", "CC(=O)O", "Na+"),
        ("CN.Cl", "CN", "HCl"),
        ("CCO.CCO", "CCO", "identical"),
        ("OC(=O)[C@@H](N)C", "CC(N)C(=O)O", ""),
        ("C/C=C/C", "CC=CC", ""),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O", ""),
        ("C[NH3+]", "CN", "neutralized"),
        ("C[N+](C)(C)CCO.[Cl-]", "C[N+](C)(C)CCO", "permanent charge of +1"),
        ("[O-][N+](=O)c1ccccc1", "O=[N+]([O-])c1ccccc1", ""),
        ("[2H]C([2H])([2H])n1cnc2c1c(=O)n(C)c(=O)n2C", CAFFEINE, "C8H7D3N4O2"),
        ("[13CH4]", "C", "isotope"),
    ],
)
def test_standard_form(written: str, smiles: str, notice: str) -> None:
    result = standardize(written)
    assert result.smiles == smiles
    assert (notice in result.notice) if notice else not result.notice
    assert standardize(smiles).smiles == smiles
    assert standardize(smiles).inchikey14 == result.inchikey14


def test_caffeine() -> None:
    result = standardize("CN1C=NC2=C1C(=O)N(C(=O)N2C)C")
    assert result.inchikey14 == "RYYVLZVUVIJVGH"
    assert result.formula == "C8H10N4O2"
    assert result.exact_mass == pytest.approx(194.08037557)
    assert result.charge == 0


def test_isotopes_leave_the_structure_but_their_formula_is_kept() -> None:
    result = standardize("[2H]C([2H])([2H])O")
    assert (result.formula, result.labelled_formula) == ("CH4O", "CHD3O")


def test_mass_of_a_cation_counts_its_electrons() -> None:
    assert standardize("C[N+](C)(C)C").exact_mass == pytest.approx(74.096974, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("C1CC", "not a SMILES"),
        ("CC(C)(C)(C)C", "not a SMILES"),
        ("n1cccc1", "not a SMILES"),
        ("hello world", "not a SMILES"),
        ("*CC", "wildcard"),
        ("[H+]", "no heavy atoms"),
        ("[H][H]", "no heavy atoms"),
        ("C" * 251, "251 heavy atoms"),
        ("C" * 1001, "1001 characters"),
        ("C" * 200_000, "200000 characters"),
        ("C\x00C", "not a SMILES"),
    ],
)
def test_says_why_a_structure_is_refused(
    text: str, cause: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MsguiError, match=cause):
        standardize(text)
    assert capfd.readouterr().err == ""


def test_advice_names_the_atom_with_too_many_bonds() -> None:
    with pytest.raises(MsguiError) as refused:
        parse_smiles("CC(C)(C)(C)C")
    assert "Atom 2 (C) has too many bonds" in refused.value.action


def test_fingerprint_is_morgan_of_radius_two() -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=4096)
    on_bits = list(generator.GetFingerprint(Chem.MolFromSmiles(CAFFEINE)).GetOnBits())
    packed = fingerprint(CAFFEINE)
    assert packed.shape == (512,)
    assert packed.dtype == np.uint8
    assert np.flatnonzero(unpack(packed)).tolist() == on_bits
    assert np.flatnonzero(np.unpackbits(packed)).tolist() == on_bits


def test_many_fingerprints() -> None:
    both = fingerprints([CAFFEINE, "CCO"])
    assert both.shape == (2, 512)
    assert (both[0] == fingerprint(CAFFEINE)).all()
    assert unpack(both).shape == (2, 4096)
    assert fingerprints([]).shape == (0, 512)
    with pytest.raises(MsguiError) as refused:
        fingerprints(["CCO", "C1CC"])
    assert refused.value.where == "structure 2"


@pytest.mark.parametrize(
    ("ion", "charge"),
    [
        ("Nc1c(Cl)cccc1[ClH2+]", 1),
        ("C[Si](C)(C)O[Si-](C)(C)C", -1),
        ("[ClH2+]c1ccccc1.[Cl-]", 1),
        ("C1O[CH+]Oc2ccccc21", 0),
        ("CC[c-]1cccc1", 0),
    ],
)
def test_an_ion_without_a_neutral_form_that_can_be_read_stays_an_ion(ion: str, charge: int) -> None:
    found = standardize(ion)
    assert found.charge == charge
    assert ("neutralized" in found.notice) == (charge == 0)
    assert standardize(found.smiles).smiles == found.smiles


def test_a_known_block_is_used_only_when_nothing_is_changed() -> None:
    known = "KNOWNKNOWNKNOW"
    assert standardize("C[C@H](N)C(=O)O", known).inchikey14 == known
    assert standardize("C[N+](C)(C)CC(=O)[O-]", known).inchikey14 == known
    assert standardize("[O-][N+](=O)c1ccccc1", known).inchikey14 == known
    for changed in ("CC(=O)[O-]", "CC(=O)O.[Na+]", "[Na]OC(C)=O", "[13CH4]", "[NH3+]CC(=O)[O-]"):
        found = standardize(changed, known)
        assert found.inchikey14 == standardize(changed).inchikey14 != known


def test_every_bit_of_a_fingerprint_has_an_environment() -> None:
    smiles = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
    found = bit_environments(smiles)
    assert set(found) == set(np.flatnonzero(unpack(fingerprint(smiles)[None])[0]).tolist())
    ends = {(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in parse_smiles(smiles).GetBonds()}
    for atoms, bonds in found.values():
        assert atoms
        assert len(bonds) <= len(ends)
    # An atom alone is a bit of its own, without bonds.
    assert min(len(atoms) for atoms, _ in found.values()) == 1
