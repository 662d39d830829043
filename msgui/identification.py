"""How sure a chemist is of an identification: the levels of Schymanski et al.

E. L. Schymanski et al., "Identifying small molecules via high resolution mass spectrometry:
communicating confidence", Environ. Sci. Technol. 2014, 48, 2097.
"""

from dataclasses import dataclass

from msgui.annotation import Annotation, Candidate

# From here on a library spectrum is commonly called a match.
LIBRARY_MATCH = 0.7


@dataclass(frozen=True)
class Level:
    """One level.

    Parameters
    ----------
    code : str
        "1", "2a", "2b", "3", "4" or "5".
    title : str
        Its name in the paper, in a few words.
    needs : str
        What it asks for, as a sentence.
    """

    code: str
    title: str
    needs: str


LEVELS: tuple[Level, ...] = (
    Level(
        "1",
        "Confirmed structure",
        "A reference standard, measured under the same conditions, has the same MS/MS spectrum "
        "and retention time.",
    ),
    Level(
        "2a",
        "Probable, by library spectrum",
        "A measured library spectrum of this compound matches without doubt.",
    ),
    Level(
        "2b",
        "Probable, by diagnostic evidence",
        "No other structure fits the evidence: diagnostic fragments, ionization, context.",
    ),
    Level(
        "3",
        "Tentative candidate",
        "The evidence fits this structure, and others as well (isomers, for example).",
    ),
    Level(
        "4",
        "Molecular formula only",
        "The formula is certain; the structure is one of many.",
    ),
    Level("5", "Exact mass only", "Not even the formula is certain."),
)
LEVEL_CODES: tuple[str, ...] = tuple(level.code for level in LEVELS)


def suggested_level(annotation: Annotation, candidate: Candidate) -> str:
    """Return the level that the evidence on screen supports for a candidate: "2a" or "3".

    A computed ranking alone never gives more than a tentative candidate. Only a measured library
    spectrum of the same compound, of similarity 0.7 or more, gives more; a spectrum that a model
    merely remembers cannot be looked at, and does not. Levels 1 and 2b need what msgui cannot see.
    """
    matches = (
        neighbour.kind == "library"
        and neighbour.inchikey14 == candidate.structure.inchikey14
        and neighbour.similarity >= LIBRARY_MATCH
        for neighbour in annotation.neighbours
    )
    return "2a" if any(matches) else "3"
