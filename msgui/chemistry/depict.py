"""Drawings of molecules in msgui's colors, and where their atoms stand in them."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from textwrap import wrap
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D

from msgui.chemistry.molecule import parse_smiles
from msgui.errors import MsguiError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# RDKit's own annotation of these functions is missing.
_compute_coordinates: Callable[..., Any] = rdDepictor.Compute2DCoords

# Larger ones are a tangle at any size, and their layout takes seconds.
MOST_DRAWN_ATOMS: Final = 150
SMALLEST_SIZE: Final = 16
LARGEST_SIZE: Final = 4000

_BOND_LENGTH_PX = 34.0
_HALO_RADIUS = 0.36  # of a bond
_HALO_BOND_WIDTH = 0.5  # of a bond
_DASH_PX = 4.0


@dataclass(frozen=True)
class Palette:
    """Colors of a drawing as #RRGGBB.

    Parameters
    ----------
    ink : str
        Bonds and atoms without a color of their own.
    halo : str
        Behind highlighted atoms.
    cut : str
        Bonds that were broken.
    atoms : tuple of (int, str)
        Atomic number and color. Each has a contrast of 4.5 to the background and to the halo.
    """

    ink: str
    halo: str
    cut: str
    atoms: tuple[tuple[int, str], ...]


_HALOGENS = (9, 17, 35, 53)
LIGHT: Final = Palette(
    ink="#1A1A1A",
    halo="#A6D8F5",
    cut="#D55E00",
    atoms=(
        (7, "#00497A"),
        (8, "#960018"),
        (15, "#7A3B00"),
        (16, "#6B4500"),
        *((number, "#00573B") for number in _HALOGENS),
    ),
)
DARK: Final = Palette(
    ink="#F2F2F2",
    halo="#0B5A8A",
    cut="#E69F00",
    atoms=(
        (7, "#B5E0FF"),
        (8, "#FFD2CE"),
        (15, "#FFDDB0"),
        (16, "#FFE9A8"),
        *((number, "#B4F0DA") for number in _HALOGENS),
    ),
)


@dataclass(frozen=True, eq=False)
class _Drawing:
    head: str
    body: str
    positions: FloatArray
    bonds: IntArray
    bond_px: float


def depict_svg(
    smiles: str,
    width: int,
    height: int,
    *,
    highlight_atoms: Collection[int] = (),
    cut_bonds: Collection[int] = (),
    dark: bool = False,
) -> str:
    """Return a drawing as SVG text with a transparent background.

    Highlighted atoms get a halo, bonds between them too unless they are cut; cut bonds are dashed
    in another color. The same SMILES has the same layout at every call, so nothing moves when the
    highlight changes. What cannot be drawn gives a picture that says why; nothing is raised.

    Parameters
    ----------
    smiles : str
    width, height : int
        Pixels, kept between 16 and 4000.
    highlight_atoms, cut_bonds : collections of int
        Indices as RDKit counts the SMILES; unknown ones are left out.
    dark : bool
        Light atoms for a dark background.
    """
    width, height = _size(width), _size(height)
    palette = DARK if dark else LIGHT
    try:
        drawing = _drawn(smiles, width, height, dark)
    except MsguiError as error:
        return _placeholder(error.cause, width, height, palette)
    cut = {bond for bond in cut_bonds if 0 <= bond < len(drawing.bonds)}
    lit = {atom for atom in highlight_atoms if 0 <= atom < len(drawing.positions)}
    body = _with_dashes(drawing.body, cut, palette) if cut else drawing.body
    return f"{drawing.head}{_halo(drawing, lit, cut, palette)}{body}</svg>\n"


def atom_positions(smiles: str, width: int, height: int) -> FloatArray:
    """Return the pixel position of each atom in :func:`depict_svg`, shape (n_atoms, 2).

    Empty when the molecule cannot be drawn.
    """
    try:
        return _drawn(smiles, _size(width), _size(height), False).positions
    except MsguiError:
        return np.zeros((0, 2))


def bond_pairs(smiles: str) -> IntArray:
    """Return the two atoms of each bond, shape (n_bonds, 2); empty when it cannot be drawn."""
    try:
        return _bonds(_laid_out(smiles))
    except MsguiError:
        return np.zeros((0, 2), dtype=np.int64)


def _size(pixels: int) -> int:
    return max(SMALLEST_SIZE, min(LARGEST_SIZE, int(pixels)))


def _bonds(mol: Chem.Mol) -> IntArray:
    pairs = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    result = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    result.setflags(write=False)
    return result


@lru_cache(maxsize=2048)
def _laid_out(smiles: str) -> Chem.Mol:
    """Return the molecule with its 2D coordinates, made once so that atoms never move."""
    mol = parse_smiles(smiles)
    if mol.GetNumAtoms() > MOST_DRAWN_ATOMS:
        raise MsguiError(f"Too large to draw: {mol.GetNumAtoms()} atoms.")
    try:
        with rdBase.BlockLogs():
            # RDKit's own layout: CoordGen crashes on some molecules.
            _compute_coordinates(mol, canonOrient=True, forceRDKit=True)
            return _kekulized(mol)
    except Exception as error:  # RDKit raises many kinds
        raise MsguiError("This structure has no drawing.") from error


def _kekulized(mol: Chem.Mol) -> Chem.Mol:
    prepare: Callable[..., Chem.Mol] = rdMolDraw2D.PrepareMolForDrawing
    try:
        return prepare(mol, kekulize=True, addChiralHs=False, wedgeBonds=False, forceCoords=False)
    except Exception:  # aromatic systems without a Kekule form are drawn as they stand
        return prepare(mol, kekulize=False, addChiralHs=False, wedgeBonds=False, forceCoords=False)


@lru_cache(maxsize=1024)
def _drawn(smiles: str, width: int, height: int, dark: bool) -> _Drawing:
    mol = _laid_out(smiles)
    palette = DARK if dark else LIGHT
    try:
        with rdBase.BlockLogs():
            drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
            _set_options(drawer.drawOptions(), palette)
            drawer.DrawMolecule(mol)
            drawer.FinishDrawing()
            text: str = drawer.GetDrawingText()
            points = [drawer.GetDrawCoords(index) for index in range(mol.GetNumAtoms())]
    except Exception as error:  # RDKit raises many kinds
        raise MsguiError("This structure has no drawing.") from error
    positions = np.array([(point.x, point.y) for point in points]).reshape(-1, 2)
    positions.setflags(write=False)
    bonds = _bonds(mol)
    text = text.replace("iso-8859-1", "UTF-8", 1)
    head_end = text.index(">", text.index("<svg")) + 1
    body = text[head_end : text.rindex("</svg>")].replace("<!-- END OF HEADER -->", "").strip()
    return _Drawing(text[:head_end], body, positions, bonds, _bond_length(positions, bonds))


def _bond_length(positions: FloatArray, bonds: IntArray) -> float:
    if not len(bonds):
        return _BOND_LENGTH_PX
    ends = positions[bonds]
    return float(np.median(np.hypot(*(ends[:, 0] - ends[:, 1]).T)))


def _set_options(options: Any, palette: Palette) -> None:
    ink = _rgb(palette.ink)
    options.clearBackground = False
    options.setAtomPalette({-1: ink, 6: ink, **{n: _rgb(color) for n, color in palette.atoms}})
    options.setSymbolColour(ink)
    options.setAnnotationColour(ink)
    options.fixedBondLength = _BOND_LENGTH_PX
    options.bondLineWidth = 1.6
    options.scaleBondWidth = False
    options.minFontSize = 7
    options.maxFontSize = 18
    options.padding = 0.08
    options.dummiesAreAttachments = False


def _rgb(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _halo(drawing: _Drawing, lit: set[int], cut: set[int], palette: Palette) -> str:
    if not lit:
        return ""
    radius = max(3.0, _HALO_RADIUS * drawing.bond_px)
    width = max(4.0, _HALO_BOND_WIDTH * drawing.bond_px)
    parts = [f"<g fill='{palette.halo}' stroke='{palette.halo}' stroke-linecap='round'>"]
    for index, (begin, end) in enumerate(drawing.bonds.tolist()):
        if begin in lit and end in lit and index not in cut:
            (x1, y1), (x2, y2) = drawing.positions[[begin, end]].tolist()
            parts.append(
                f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}'"
                f" stroke-width='{width:.1f}'/>"
            )
    for atom in sorted(lit):
        x, y = drawing.positions[atom].tolist()
        parts.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{radius:.1f}' stroke='none'/>")
    return "".join([*parts, "</g>\n"])


_BOND_PATH = re.compile(r"<path class='bond-(\d+) [^>]*>")
_STROKE = re.compile(r"stroke:#[0-9A-Fa-f]{6}")


def _with_dashes(body: str, cut: set[int], palette: Palette) -> str:
    def dash(match: re.Match[str]) -> str:
        if int(match[1]) not in cut:
            return match[0]
        style = f"stroke:{palette.cut};stroke-dasharray:{_DASH_PX:g},{_DASH_PX * 0.75:g}"
        return _STROKE.sub(style, match[0])

    return _BOND_PATH.sub(dash, body)


def _placeholder(reason: str, width: int, height: int, palette: Palette) -> str:
    size = max(8, min(13, width // 18))
    lines = wrap(reason, max(8, int(width / (size * 0.58)))) or [""]
    lines = lines[: max(1, int(height / (size * 1.4)))]
    top = height / 2 - (len(lines) - 1) * size * 0.7
    text = "".join(
        f"<text x='{width / 2:g}' y='{top + number * size * 1.4:g}'>"
        f"{escape(_printable(line))}</text>"
        for number, line in enumerate(lines)
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f"<svg version='1.1' xmlns='http://www.w3.org/2000/svg' width='{width}px'"
        f" height='{height}px' viewBox='0 0 {width} {height}'>"
        f"<g font-family='sans-serif' font-size='{size}' fill='{palette.ink}'"
        f" text-anchor='middle'>{text}</g></svg>\n"
    )


def _printable(text: str) -> str:
    """Return the text without characters that XML 1.0 does not allow."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
