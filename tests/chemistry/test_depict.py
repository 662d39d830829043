import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from msgui.chemistry.depict import DARK, LIGHT, atom_positions, bond_pairs, depict_svg

CAFFEINE = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
SVG = "{http://www.w3.org/2000/svg}"


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("palette", "background"), [(LIGHT, "#FFFFFF"), (DARK, "#1E1E1E")])
def test_atoms_can_be_read_on_background_and_halo(palette: object, background: str) -> None:
    assert palette.halo == ("#A6D8F5" if palette is LIGHT else "#0B5A8A")  # type: ignore[attr-defined]
    for color in [palette.ink, *dict(palette.atoms).values()]:  # type: ignore[attr-defined]
        assert contrast(color, background) >= 4.5
        assert contrast(color, palette.halo) >= 4.5  # type: ignore[attr-defined]
    assert contrast(palette.cut, background) >= 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("dark", [False, True])
def test_drawing_is_svg_without_background(dark: bool) -> None:
    text = depict_svg(CAFFEINE, 300, 200, dark=dark)
    root = ET.fromstring(text.encode())
    assert root.attrib["viewBox"] == "0 0 300 200"
    assert not root.findall(f".//{SVG}rect")
    assert (DARK if dark else LIGHT).ink in text.upper()


def test_highlight_moves_no_atom() -> None:
    plain = depict_svg(CAFFEINE, 300, 200)
    lit = depict_svg(CAFFEINE, 300, 200, highlight_atoms=[0, 1, 2], cut_bonds=[3])
    paths = [re.findall(r" d='([^']*)'", text) for text in (plain, lit)]
    assert paths[0] == paths[1]
    assert depict_svg(CAFFEINE, 300, 200) == plain


def test_halo_stands_at_the_atoms() -> None:
    root = ET.fromstring(depict_svg(CAFFEINE, 300, 200, highlight_atoms=[1, 2]).encode())
    circles = root.findall(f".//{SVG}circle")
    centers = np.array([(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in circles])
    assert np.allclose(centers, atom_positions(CAFFEINE, 300, 200)[[1, 2]], atol=0.06)
    assert len(root.findall(f".//{SVG}line")) == 1


def test_cut_bonds_are_dashed_and_break_the_halo() -> None:
    pairs = bond_pairs(CAFFEINE).tolist()
    cut = pairs.index([1, 2])
    text = depict_svg(CAFFEINE, 300, 200, highlight_atoms=[1, 2], cut_bonds=[cut])
    dashed = re.findall(r"class='bond-(\d+) [^>]*stroke-dasharray", text)
    assert set(dashed) == {str(cut)}
    assert LIGHT.cut in text
    assert not ET.fromstring(text.encode()).findall(f".//{SVG}line")


def test_positions_and_bonds() -> None:
    positions, pairs = atom_positions(CAFFEINE, 300, 200), bond_pairs(CAFFEINE)
    assert positions.shape == (14, 2)
    assert pairs.shape == (15, 2)
    assert (positions >= 0).all()
    assert (positions <= [300, 200]).all()
    lengths = np.hypot(*(positions[pairs[:, 0]] - positions[pairs[:, 1]]).T)
    assert lengths.min() > 10
    assert not positions.flags.writeable


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("C1CC", "not a SMILES"),
        ("", "empty"),
        ("C" * 151, "Too large to draw"),
        ("C" * 5000, "5000"),
        ("<script>&\x00\x1b", "not a SMILES"),
        ("[H][H]", "no heavy atoms"),
    ],
)
def test_what_cannot_be_drawn_says_why(smiles: str, reason: str) -> None:
    text = depict_svg(smiles, 300, 200, highlight_atoms=[0], cut_bonds=[0])
    words = " ".join(ET.fromstring(text.encode()).itertext())
    assert reason in words
    assert atom_positions(smiles, 300, 200).shape == (0, 2)
    assert bond_pairs(smiles).shape == (0, 2)


@pytest.mark.parametrize(
    "smiles",
    ["C", "[Na+].[Cl-]", "*CC", "[Fe]", "C[Fe](Cl)(Cl)C", "[nH]1cccc1", "[2H]C([2H])[2H]", "O",
     "C1CCCCCCCCCCCCCCCCCCCCCCCCCCCC1", "c1ccc2c(c1)c1ccccc1c1ccccc21", "OC" * 70,
     "B1234B567B89%10B%11%12%13B%141B52%11B8%13%14B%12%1593B64%15B7%10"],
)  # fmt: skip
def test_odd_molecules(smiles: str) -> None:
    root = ET.fromstring(depict_svg(smiles, 120, 90, highlight_atoms=[0, 999, -1]).encode())
    assert root.tag == f"{SVG}svg"
    assert np.isfinite(atom_positions(smiles, 120, 90)).all()


def test_sizes_are_kept_in_bounds() -> None:
    assert "viewBox='0 0 16 4000'" in depict_svg("CCO", -5, 10**7)
