"""Candidate lists given by the user: for each spectrum, exactly these structures are ranked."""

from collections.abc import Mapping
from pathlib import Path

from msgui.chemistry.molecule import Standardized, standardize
from msgui.errors import MsguiError, Problem
from msgui.spectra.source import Source
from msgui.structures.structure import Structure
from msgui.structures.tables import TableRow, read_table


def read_candidates(
    path: str | Path,
) -> tuple[Mapping[str, tuple[Structure, ...]], list[Problem]]:
    """Return the structures listed for each spectrum_id, and what was wrong with some rows.

    Parameters
    ----------
    path : str or Path
        TSV (or CSV) with the columns spectrum_id and smiles; name, id and source are kept.

    Returns
    -------
    candidates : mapping of str to tuple of Structure
        In the order of the file; structures with the same first InChIKey block stand once.
    problems : list of Problem
        Rows that were left out, and a warning for rows that were changed or merged.

    Raises
    ------
    MsguiError
        When the file cannot be read or lacks one of the two columns.
    """
    source = Source(path)
    lists: dict[str, dict[str, Structure]] = {}
    problems: list[Problem] = []
    known: dict[str, Standardized | MsguiError] = {}
    merged, changed = 0, dict[str, int]()
    for event in read_table(source, ["spectrum_id", "smiles"]):
        if isinstance(event, Problem):
            problems.append(event)
        if not isinstance(event, TableRow):
            continue
        smiles = event.values["smiles"]
        if smiles not in known:
            known[smiles] = _standardized(smiles)
        result = known[smiles]
        if isinstance(result, MsguiError):
            where = f"line {event.line}"
            problems.append(
                Problem("error", result.cause, result.action, source.name, where, skipped=1)
            )
            continue
        for notice in filter(None, result.notice.split("; ")):
            what = notice.split(":")[0]
            changed[what] = changed.get(what, 0) + 1
        listed = lists.setdefault(event.values["spectrum_id"], {})
        merged += result.inchikey14 in listed
        listed.setdefault(result.inchikey14, _structure(result, event.values))
    for what, count in changed.items():
        problems.append(Problem("warning", f"{count} rows: {what}.", "", source.name))
    if merged:
        problems.append(
            Problem(
                "warning",
                f"{merged} rows repeat a structure of the same spectrum (same first InChIKey "
                "block) and count once.",
                "",
                source.name,
            )
        )
    return {name: tuple(listed.values()) for name, listed in lists.items()}, problems


def _standardized(smiles: str) -> Standardized | MsguiError:
    try:
        return standardize(smiles)
    except MsguiError as error:
        return error


def _structure(result: Standardized, values: Mapping[str, str]) -> Structure:
    return Structure(
        smiles=result.smiles,
        inchikey14=result.inchikey14,
        formula=result.formula,
        exact_mass=result.exact_mass,
        name=values.get("name", ""),
        source=values.get("source", ""),
        identifier=values.get("identifier", ""),
    )
