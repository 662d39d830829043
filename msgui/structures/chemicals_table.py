"""The compounds that the PyPI package ``chemicals`` lists: structures and names."""

import importlib.metadata
import importlib.util
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures.rows import Row

PACKAGE: Final = "chemicals"
# Organic compounds of PubChem; the package's tables of inorganic compounds and ions are left out,
# for they are not what MS/MS spectra are annotated with.
TABLES: Final = (
    "chemical identifiers pubchem large.tsv",
    "chemical identifiers pubchem small.tsv",
    "chemical identifiers example user db.tsv",
)
CREDIT: Final = (
    "Structures and names: the table of compounds in the Python package chemicals {version} "
    "(MIT licence), compiled from PubChem."
)
SMILES, INCHIKEY, IUPAC_NAME, COMMON_NAME = 4, 6, 7, 8
STEP_ROWS: Final = 2000
# A name kept by a salt or by one of many stereoisomers stands behind that of the plain compound,
# and a compound with many synonyms is the better known one.
SALT_RANK: Final = 500
MOST_SYNONYMS: Final = 400
SYNONYMS_KEPT: Final = 8

CAS_NUMBER: Final = re.compile(r"\d{2,7}-\d\d-\d")
# Catalogue numbers: stk366316, agn-pc-02r3kf, NSC 12345, caswell no. 859a.
CODE: Final = re.compile(
    r"[a-z]{1,8}(?:[-_ .]+[a-z]{1,3}\.?)*[-_ ]*(?:\d{3,}[a-z]?|\d[\da-z]{4,})|[\d\-.]+",
    re.IGNORECASE,
)
# Index names are turned round ("benzene, (1-ethyloctadecyl)-"); others carry remarks.
INDEX_NAME: Final = re.compile(r",\s|-$|;|\[[a-z ]+\]$|\((\d+ci|van|non-preferred name)|\|")
STEREO_PREFIX: Final = re.compile(r"^(allo|pseudo|epi|cis-|trans-|[dl]-|dl-)")
SALT_WORDS: Final = re.compile(
    r"(?:\s+(?:mono|di|tri|hemi|bi|sesqui)?(?:hydrochloride|hydrobromide|hydroiodide|chloride|"
    r"bromide|iodide|sulfate|sulphate|nitrate|phosphate|acetate|maleate|fumarate|tartrate|"
    r"citrate|mesylate|methanesulfonate|tosylate|besylate|succinate|oxalate|lactate|pamoate|"
    r"sodium|potassium|calcium|magnesium|lithium|ammonium|hydrate|anhydrous|salt))+$"
)
METAL_FIRST: Final = re.compile(r"^(?:(?:mono|di|tri)?(?:sodium|potassium|lithium|calcium) )+")

# N in "n,n-dimethyl", "n-(2-..."; R and S in "(2r,3s)"; D and L in "d-glucose"; H in "1h-indole".
_ATOM_BEFORE: Final = re.compile(r"(?<![a-z0-9])[nos](?=,[nos](?:,|-)|-\(|-\[)")
_ATOM_BEHIND: Final = re.compile(r"(?<=,)[nos](?=-|,)")
_STEREO: Final = re.compile(r"\(\d*[rsez](?:,\d*[rsez])*\)")
_ROTATION: Final = re.compile(r"(?<![a-z0-9])(?:dl|d|l)-(?=[a-z(])")
_INDICATED_HYDROGEN: Final = re.compile(r"(?<![a-z0-9])\d+h(?=-|,|\))")


def table_folder() -> Path:
    """Return the folder of the package's tables, without importing the package.

    Raises
    ------
    MsguiError
        When the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec is not None else None
    folder = Path(next(iter(folders))) / "Identifiers" if folders else None
    if folder is None or not folder.is_dir():
        raise MsguiError(
            f"The package {PACKAGE}, which lists the compounds of the default store, is missing.",
            f"Install it with: pip install {PACKAGE}",
        )
    return folder


def version() -> str:
    """Return the version of the package."""
    return importlib.metadata.version(PACKAGE)


def read_chemicals() -> Iterator[Step | Row | Problem]:
    """Yield the compounds of the package's tables."""
    folder = table_folder()
    for table in TABLES:
        path = folder / table
        if not path.exists():
            yield Problem("warning", "The table is missing.", "Reinstall chemicals.", str(path))
            continue
        size, done = path.stat().st_size, 0
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if number % STEP_ROWS == 1:
                    yield Step(done, size, "Known compounds (chemicals, PubChem)")
                done += len(line)
                yield _row(line.rstrip("\n").split("\t"), table, number)


def _row(cells: Sequence[str], table: str, line: int) -> Row | Problem:
    where = f"line {line}"
    if len(cells) <= COMMON_NAME or not cells[SMILES]:
        return Problem("error", "The row has no structure.", "", table, where, skipped=1)
    smiles = cells[SMILES]
    is_salt = "." in smiles
    names = readable_names(cells[COMMON_NAME:], cells[IUPAC_NAME])
    if is_salt:
        names = list(dict.fromkeys(without_salt(name) for name in names))
    synonyms = min(len(cells) - COMMON_NAME, MOST_SYNONYMS)
    return Row(
        smiles=smiles,
        name=names[0],
        synonyms="; ".join(names[1:]),
        source="PubChem",
        identifier=cells[1] if CAS_NUMBER.fullmatch(cells[1]) else "",
        file=table,
        where=where,
        inchikey14=cells[INCHIKEY][:14],
        rank=MOST_SYNONYMS - synonyms + (SALT_RANK if is_salt else 0),
    )


def readable_names(names: Sequence[str], iupac_name: str) -> list[str]:
    """Return the names a chemist would use, the best one first.

    Numbers, codes and index names are left out unless there is nothing else. A name
    without the prefix of a stereoisomer goes first (cocaine, not allococaine), because a store
    does not tell stereoisomers apart. The tables are in lower case; locants and stereo letters
    are written as they should be.
    """
    readable = (name for name in dict.fromkeys(names) if _is_readable(name))
    good = list(itertools.islice(readable, SYNONYMS_KEPT)) or [iupac_name]
    root = STEREO_PREFIX.sub("", good[0])
    if root in good:
        good = [root, *good]
    return list(dict.fromkeys(_written(name) for name in good if name)) or [""]


def _is_readable(name: str) -> bool:
    return bool(name) and not (
        CAS_NUMBER.fullmatch(name) or CODE.fullmatch(name) or INDEX_NAME.search(name)
    )


def without_salt(name: str) -> str:
    """Return the name of a salt without the words for its other part.

    Examples
    --------
    >>> without_salt("formoterol fumarate"), without_salt("disodium cromoglycate")
    ('formoterol', 'cromoglycate')
    """
    return METAL_FIRST.sub("", SALT_WORDS.sub("", name)) or name


def _written(name: str) -> str:
    """Return a name with its locants and stereo letters as they are written."""
    # Looking for a sign is much quicker than for a pattern.
    if "," in name or "-(" in name or "-[" in name:
        name = _ATOM_BEFORE.sub(_in_capitals, name)
        name = _ATOM_BEHIND.sub(_in_capitals, name)
    if "(" in name:
        name = _STEREO.sub(_in_capitals, name)
    if "-" in name:
        name = _ROTATION.sub(_in_capitals, name)
    if "h-" in name or "h," in name or "h)" in name:
        name = _INDICATED_HYDROGEN.sub(_in_capitals, name)
    return name


def _in_capitals(match: re.Match[str]) -> str:
    return match[0].upper()
