"""Every spectrum format that msgui opens: found by content, read record by record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.spectra import looks_like
from msgui.spectra.json_records import read_json, sniff_json
from msgui.spectra.massbank import read_massbank, sniff_massbank
from msgui.spectra.mgf import read_mgf, sniff_mgf
from msgui.spectra.msp import read_msp, sniff_msp
from msgui.spectra.mzml import read_mzml, sniff_mzml
from msgui.spectra.mzxml import read_mzxml, sniff_mzxml
from msgui.spectra.pasted import read_peak_list, sniff_peak_list
from msgui.spectra.sirius_ms import read_sirius_ms, sniff_sirius_ms
from msgui.spectra.source import Source
from msgui.spectra.spectra_table import read_spectra_table, sniff_spectra_table
from msgui.spectra.spectrum import Spectrum
from msgui.spectra.xml_scan import root_name

# A window shows its first rows after so many spectra, whatever the size of later batches.
_FIRST_BATCH = 50
# Contents that two formats could claim are given to the one that the suffix names.
_SUFFIX_BONUS = 0.25


@dataclass(frozen=True)
class Reader:
    """One format.

    Parameters
    ----------
    name : str
        Short name, as ``msgui check`` prints it ("mgf").
    title : str
        Name for people ("Mascot Generic Format").
    suffixes : tuple of str
        Usual suffixes with the dot, in lower case; they only settle ties.
    sniff : callable
        Given the first 64 kB (unpacked, UTF-8, plain line ends), how sure it is, from 0 to 1.
    read : callable
        Given an opened source, yields spectra and problems.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], float]
    read: Callable[[Source], Iterator[Spectrum | Problem]]


READERS: tuple[Reader, ...] = (
    Reader("mgf", "Mascot Generic Format", (".mgf",), sniff_mgf, read_mgf),
    Reader("mzml", "mzML", (".mzml",), sniff_mzml, read_mzml),
    Reader("mzxml", "mzXML", (".mzxml",), sniff_mzxml, read_mzxml),
    Reader("msp", "NIST MSP or MS-DIAL/MS-FINDER MAT", (".msp", ".mat"), sniff_msp, read_msp),
    Reader("massbank", "MassBank record", (".txt",), sniff_massbank, read_massbank),
    Reader("json", "GNPS, MoNA or matchms JSON", (".json", ".jsonl"), sniff_json, read_json),
    Reader("ms", "SIRIUS .ms", (".ms",), sniff_sirius_ms, read_sirius_ms),
    Reader("table", "table of spectra", (".tsv",), sniff_spectra_table, read_spectra_table),
    Reader("peaks", "list of peaks", (".txt", ".csv", ".tsv"), sniff_peak_list, read_peak_list),
)


@dataclass(frozen=True)
class Batch:
    """Some spectra of a file, and how much of it has been read (in bytes)."""

    step: Step
    spectra: tuple[Spectrum, ...]
    problems: tuple[Problem, ...]


@cache
def _added() -> tuple[Reader, ...]:
    """Return the readers that other packages bring (entry point group ``msgui.readers``)."""
    return tuple(point.load() for point in entry_points(group="msgui.readers"))


def readers() -> tuple[Reader, ...]:
    """Return all readers, those of other packages last."""
    return READERS + _added()


def reader_for(source: Source) -> Reader:
    """Return the reader that fits an opened file's content; raises MsguiError as :func:`sniff`."""
    what = looks_like.foreign(source.raw_head) or looks_like.foreign(source.head)
    if what is not None:
        raise source.error(f"this is {what[0]}", what[1])
    if not source.head.strip():
        raise source.error("no spectra found: the file holds blank lines only", "Export it again.")
    scores = [
        (reader.sniff(source.head) + _SUFFIX_BONUS * (source.suffix in reader.suffixes), reader)
        for reader in readers()
    ]
    best, chosen = max(scores, key=lambda scored: scored[0])
    if best <= _SUFFIX_BONUS:
        source.refuse_bomb()
        kind = "text of no known format"
        if looks_like.is_binary(source.head):
            kind = "binary data"
        elif root_name(source.head):
            kind = f"XML of another kind (<{root_name(source.head)[:40]}>)"
        raise source.error(f"this is {kind}, not spectra", looks_like.SPECTRUM_FORMATS)
    named = [reader for reader in readers() if source.suffix in reader.suffixes]
    if named and chosen not in named:
        source.notes.add(
            f"the file is {chosen.title}, although its name ends in {source.suffix}",
            "It was read by its content; rename it if you like.",
            "start of the file",
        )
    return chosen


def sniff(path: str | Path) -> Reader:
    """Return the reader that fits a file's content.

    Raises
    ------
    MsguiError
        When the file cannot be opened or is no spectrum file; the cause names what it looks like.
    """
    return reader_for(Source(path))


def read_source(source: Source, reader: Reader) -> Iterator[Spectrum | Problem]:
    """Yield what a reader finds; an error after the first spectrum ends the file as a problem."""
    anything = False
    try:
        for item in reader.read(source):
            anything = True
            yield item
        yield from source.notes.problems()
    except MsguiError as error:
        if not anything:
            raise
        yield error.problem()
        yield from source.notes.problems()
    if not anything:
        raise source.error(
            f"no spectra found; the file was read as {reader.title}", "Export it again."
        )


def read(path: str | Path) -> Iterator[Spectrum | Problem]:
    """Yield the spectra of a file in the order of the file, and the problems with it.

    Records are read one after the other and are never all in memory. Every record is a spectrum or
    counted in a problem's ``skipped``.

    Parameters
    ----------
    path : str or Path
        Plain or gzip; the format is found by content.

    Raises
    ------
    MsguiError
        When the whole file cannot be read: it does not exist, is empty, is no spectrum file.
    """
    source = Source(path)
    yield from read_source(source, reader_for(source))


def read_batches(path: str | Path, batch_size: int = 500) -> Iterator[Batch]:
    """Yield the spectra of a file in batches with the progress in bytes; the first are small.

    Parameters
    ----------
    path : str or Path
    batch_size : int
        Most spectra in a batch.

    Raises
    ------
    MsguiError
        As :func:`read`.
    """
    source = Source(path)
    reader = reader_for(source)
    spectra: list[Spectrum] = []
    problems: list[Problem] = []
    wanted = min(_FIRST_BATCH, batch_size)

    def batch() -> Batch:
        step = Step(source.position, source.size, source.path.name)
        return Batch(step, tuple(spectra), tuple(problems))

    for item in read_source(source, reader):
        if isinstance(item, Spectrum):
            spectra.append(item)
        else:
            problems.append(item)
        if len(spectra) + len(problems) >= wanted:
            yield batch()
            spectra, problems = [], []
            wanted = min(2 * wanted, batch_size)
    yield batch()
