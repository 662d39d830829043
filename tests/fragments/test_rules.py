"""Rearrangements: textbook examples, and how a file of rules is read."""

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from msgui.chemistry.adducts import parse_adduct
from msgui.errors import MsguiError
from msgui.fragments.annotate import explain
from msgui.fragments.rules import Rule, places_of, read_rules, rule_from, rules

SULFAMETHOXAZOLE = "Cc1cc(NS(=O)(=O)c2ccc(N)cc2)no1"
NITROPHENOL = "O=[N+]([O-])c1ccc(O)cc1"
GLUTATHIONE = "NC(CCC(=O)NC(CS)C(=O)NCC(=O)O)C(=O)O"
QUERCETIN_3_GLUCOSIDE = "O=c1c(OC2OC(CO)C(O)C(O)C2O)c(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c12"

TEXTBOOK = [
    ("loss of water", "CCCCC(O)CC(=O)O", "[M-H]-", 127.0765),
    ("loss of carbonyl oxygen as water", "Nc1ccccc1NC(C)=O", "[M+H]+", 133.0760),
    ("loss of ammonia", "NC(Cc1ccccc1)C(=O)O", "[M+H]+", 149.0597),
    ("loss of hydrogen halide", "ClCCc1ccccc1", "[M+H]+", 105.0699),
    ("loss of methyl", "COc1cc(C=O)ccc1O", "[M-H]-", 136.0166),
    ("loss of formaldehyde", "COc1ccccc1", "[M+H]+", 79.0542),
    ("loss of formaldehyde from methylenedioxy", "O=Cc1ccc2OCOc2c1", "[M+H]+", 121.0284),
    ("loss of CO from phenol", "Oc1ccc2ccccc2c1", "[M-H]-", 115.0553),
    ("loss of CO from carbonyl", "O=C1c2ccccc2C(=O)c2ccccc21", "[M+H]+", 181.0648),
    ("loss of CO from aldehyde", "O=Cc1ccccc1", "[M+H]+", 79.0542),
    ("loss of CO2 from acid", "O=C(O)c1ccccc1O", "[M-H]-", 93.0346),
    ("loss of CO2 from ester", "O=c1ccc2ccccc2o1", "[M+H]+", 103.0542),
    ("SO2 extrusion", SULFAMETHOXAZOLE, "[M+H]+", 190.0975),
    ("SO2 extrusion", SULFAMETHOXAZOLE, "[M+H]+", 188.0818),
    ("loss of SO after oxygen migration", SULFAMETHOXAZOLE, "[M+H]+", 108.0444),
    ("loss of SO3", "O=S(=O)(O)Oc1ccccc1", "[M-H]-", 93.0346),
    ("sulfur extrusion", "c1ccc2c(c1)Nc1ccccc1S2", "[M+H]+", 168.0808),
    (
        "thiono-thiolo rearrangement",
        "CCOP(=S)(OCC)Oc1cc(C)nc(C(C)C)n1",
        "[M+H]+",
        169.0794,
    ),
    ("loss of NO", NITROPHENOL, "[M-H]-", 108.0217),
    ("loss of NO2", NITROPHENOL, "[M-H]-", 92.0268),
    ("loss of N2", "c1ccc2[nH]nnc2c1", "[M+H]+", 92.0495),
    ("loss of HCN from a ring", "Nc1ncnc2nc[nH]c12", "[M+H]+", 109.0509),
    ("loss of HCN from aniline", "Nc1ccccc1", "[M+H]+", 67.0542),
    ("loss of HNCO from a ring", "O=c1cc[nH]c(=O)[nH]1", "[M+H]+", 70.0287),
    ("loss of isocyanate", "CNC(=O)Oc1cccc2ccccc12", "[M+H]+", 145.0648),
    (
        "retro-Diels-Alder",
        "Oc1cc(O)c2CC(O)C(c3ccc(O)c(O)c3)Oc2c1",
        "[M+H]+",
        139.0390,
    ),
    ("retro-Diels-Alder", "CC1=CCC(C(C)=C)CC1", "[M]+.", 68.0621),
    ("McLafferty", "CCCCC(C)=O", "[M]+.", 58.0413),
    ("glycosidic cleavage", QUERCETIN_3_GLUCOSIDE, "[M+H]+", 303.0499),
    ("peptide cleavage", GLUTATHIONE, "[M+H]+", 179.0485),
    ("peptide cleavage", GLUTATHIONE, "[M+H]+", 233.0591),
    ("hydroxyl migration to acyl", "NCC(=O)NC(C)C(=O)NC(C(C)C)C(=O)O", "[M+H]+", 147.0764),
    (
        "oxygen transfer to acyl",
        "CC(C)(C)N(NC(=O)c1ccc(Cl)cc1)C(=O)c1ccccc1",
        "[M-H]-",
        121.0295,
    ),
    ("fluorine migration", "O=C(O)" + 6 * "C(F)(F)" + "C(F)(F)F", "[M-H]-", 168.9894),
    ("loss of HPO3", "O=P(O)(O)Oc1ccccc1", "[M-H]-", 93.0346),
]


@pytest.mark.parametrize(("rule", "smiles", "adduct", "mz"), TEXTBOOK)
def test_textbook_fragments(rule: str, smiles: str, adduct: str, mz: float) -> None:
    matches = explain([mz], [1.0], smiles, parse_adduct(adduct), 10)[0]
    assert rule in {match.rule for match in matches}


def test_a_rearranged_piece_names_atoms_of_the_candidate() -> None:
    matches = explain([190.0975], [1.0], SULFAMETHOXAZOLE, parse_adduct("[M+H]+"), 10)[0]
    match = next(match for match in matches if match.rule == "SO2 extrusion")
    assert match.formula == "C10H12N3O"
    assert match.atoms == (0, 1, 2, 3, 4, *range(8, 17))
    assert match.bonds_cut == (4, 7)
    assert "S" not in match.smiles
    assert "." not in match.smiles


def test_two_rearrangements_are_both_named() -> None:
    matches = explain([153.0699], [1.0], "O=C1c2ccccc2C(=O)c2ccccc21", parse_adduct("[M+H]+"), 10)[
        0
    ]
    assert "loss of CO from carbonyl + loss of CO from carbonyl" in {m.rule for m in matches}


def test_every_rule_has_a_name_of_its_own_and_a_comment() -> None:
    assert len({rule.name for rule in rules()}) == len(rules()) > 40
    assert all(rule.comment for rule in rules())


def _rule(reaction: str) -> Rule:
    return rule_from({"name": "x", "reaction": reaction})


def test_left_and_right_say_what_is_lost_broken_and_made() -> None:
    rule = _rule("[C:1][S:2](=[O:3])[C:4]>>[C:1][C:4]")
    assert rule.lost == (1, 2)
    assert rule.made == ((0, 3),)
    assert rule.broken == ()
    assert _rule("[C:1][O:2]>>[C:1].[O:2]").broken == ((0, 1),)


def test_places_name_atoms_and_bonds() -> None:
    molecule = Chem.MolFromSmiles("CS(=O)C")
    bonds = np.array([[0, 1], [1, 2], [1, 3]])
    extrusion = _rule("[C:1][S:2](=[O:3])[C:4]>>[C:1][C:4]")
    cleavage = _rule("[C:1][S:2]>>[C:1].[S:2]")
    places = places_of(molecule, {6, 8, 16}, bonds, (extrusion, cleavage))
    assert places.rule.tolist() == [0, 1, 1]
    assert places.lost.tolist()[0] == [1, 2, -1, -1, -1, -1]
    assert places.made[0, 0].tolist() == [0, 3]
    assert places.broken[:, 0].tolist() == [-1, 0, 2]
    assert places.kept[1].tolist() == [0, 1, -1, -1]
    assert len(places_of(molecule, {6, 8}, bonds, (extrusion,))) == 0


@pytest.mark.parametrize(
    ("reaction", "cause"),
    [
        ("[C:1][O:2]", "cannot be read"),
        ("[C:1][O:2>>[C:1]", "cannot be read"),
        ("[C:1][O:2]>>C[C:1]", "needs a number"),
        ("[C:1][O:2]>>[C:1][N:3]", "needs a number"),
        ("[C:1][C:2][C:3][C:4][C:5][C:6][C:7][C:8]>>[C:1]", "loses at most"),
    ],
)
def test_wrong_rules_say_what_is_wrong(reaction: str, cause: str) -> None:
    with pytest.raises(MsguiError, match=cause) as caught:
        rule_from({"name": "mine", "reaction": reaction}, "rules.toml")
    assert caught.value.file == "rules.toml"
    assert caught.value.where == "mine"


def test_files_of_rules(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    block = '[[rule]]\nname = "loss of boron"\nreaction = "[C:1][B:2]>>[C:1]"\n'
    path.write_text(block)
    assert [rule.name for rule in read_rules(path)] == ["loss of boron"]
    path.write_text(block + block)
    with pytest.raises(MsguiError, match="one name"):
        read_rules(path)
    path.write_text("[[rule]\n")
    with pytest.raises(MsguiError, match="cannot be read"):
        read_rules(path)
    with pytest.raises(MsguiError, match="cannot be read"):
        read_rules(tmp_path / "missing.toml")
