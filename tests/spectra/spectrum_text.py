"""Small made-up files of spectra, and what reading them gives."""

import base64
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from msgui.errors import Problem
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum

Pair = tuple[float, float]


def split(path: Path) -> tuple[list[Spectrum], list[Problem]]:
    """Return the spectra and the problems of a file."""
    items = list(read(path))
    return (
        [item for item in items if isinstance(item, Spectrum)],
        [item for item in items if isinstance(item, Problem)],
    )


def read_text(folder: Path, name: str, text: str | bytes) -> tuple[list[Spectrum], list[Problem]]:
    """Write a file and return what is in it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return split(path)


def one(folder: Path, name: str, text: str | bytes) -> Spectrum:
    """Write a file of one spectrum and return that."""
    spectra, _ = read_text(folder, name, text)
    assert len(spectra) == 1
    return spectra[0]


def peaks_of(spectrum: Spectrum) -> list[Pair]:
    """Return the peaks as pairs of floats."""
    return list(zip(spectrum.mz.tolist(), spectrum.intensity.tolist(), strict=True))


def mgf_record(peaks: str = "100.5 10\n200.5 20\n", precursor: str = "300.1", **keys: str) -> str:
    """Return one MGF record."""
    fields = {"TITLE": "a", "PEPMASS": precursor, "CHARGE": "1+", **keys}
    header = "".join(f"{key}={value}\n" for key, value in fields.items() if value is not None)
    return f"BEGIN IONS\n{header}{peaks}END IONS\n\n"


def term(accession: str, value: object = "", unit: str = "", name: str = "") -> str:
    """Return a cvParam."""
    unit = f' unitAccession="{unit}"' if unit else ""
    return f'<cvParam cvRef="MS" accession="{accession}" name="{name}" value="{value}"{unit}/>'


def encoded(numbers: Sequence[float], dtype: str = "<f8", *, compress: bool = True) -> str:
    """Return numbers as base64."""
    data = np.asarray(numbers, dtype=dtype).tobytes()
    return base64.b64encode(zlib.compress(data) if compress else data).decode()


def mzml_array(
    kind: str,
    numbers: Sequence[float] = (),
    *,
    dtype: str = "<f8",
    compression: str = "MS:1000574",
    text: str | None = None,
) -> str:
    """Return a binaryDataArray; ``text`` stands for its base64 where given."""
    size = {"<f8": "MS:1000523", "<f4": "MS:1000521"}[dtype]
    array = {"mz": "MS:1000514", "intensity": "MS:1000515"}[kind]
    if text is None:
        text = encoded(numbers, dtype, compress=compression == "MS:1000574")
    return (
        f'<binaryDataArray encodedLength="{len(text)}">{term(size)}{term(compression)}{term(array)}'
        f"<binary>{text}</binary></binaryDataArray>"
    )


def mzml_spectrum(
    number: int,
    arrays: str | None = None,
    *,
    length: object = 2,
    level: int = 2,
    own: str = "",
    precursor: str | None = None,
    scan: str = "",
    start_tag: str = "",
) -> str:
    """Return a spectrum element; ``own`` and ``scan`` are more terms of it and of its scan."""
    if arrays is None:
        arrays = mzml_array("mz", [100.5, 200.5]) + mzml_array("intensity", [10, 20])
    if precursor is None:
        precursor = mzml_precursor() if level > 1 else ""
    return (
        f'<spectrum index="{number}" id="scan={number}" defaultArrayLength="{length}" {start_tag}>'
        f"{term('MS:1000511', level)}{term('MS:1000127')}{term('MS:1000130')}{own}"
        f'<scanList count="1"><scan>{term("MS:1000016", 5.2, "UO:0000031")}{scan}</scan></scanList>'
        f'{precursor}<binaryDataArrayList count="2">{arrays}</binaryDataArrayList></spectrum>\n'
    )


def mzml_precursor(
    ion: str = term("MS:1000744", 300.1), activation: str = "", reference: str = ""
) -> str:
    """Return a precursorList of one precursor."""
    reference = f' spectrumRef="{reference}"' if reference else ""
    return (
        f'<precursorList count="1"><precursor{reference}><selectedIonList count="1"><selectedIon>'
        f"{ion}</selectedIon></selectedIonList><activation>{activation}</activation>"
        "</precursor></precursorList>"
    )


def mzml(*spectra: str, head: str = "", before: str = "", count: int | None = None) -> str:
    """Return an mzML file."""
    announced = len(spectra) if count is None else count
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{before}'
        f'<mzML xmlns="http://psi.hupo.org/ms/mzml" version="1.1.0">{head}<run id="r">'
        f'<spectrumList count="{announced}">{"".join(spectra)}</spectrumList></run></mzML>'
    )


def mzxml_scan(
    number: int,
    peaks: Sequence[Pair] = ((100.5, 10.0), (200.5, 20.0)),
    *,
    level: int = 2,
    precision: int = 32,
    compress: bool = False,
    inside: str = "",
    more: str = 'polarity="+" centroided="1" retentionTime="PT312.5S"',
    precursor: str = '<precursorMz precursorScanNum="1" precursorCharge="1">300.1</precursorMz>',
    count: object = None,
) -> str:
    """Return a scan; other scans may stand ``inside`` it."""
    numbers = [number for pair in peaks for number in pair]
    text = encoded(numbers, f">f{precision // 8}", compress=compress)
    announced = len(peaks) if count is None else count
    kind = "zlib" if compress else "none"
    return (
        f'<scan num="{number}" msLevel="{level}" peaksCount="{announced}" {more}>'
        f'{precursor if level > 1 else ""}<peaks precision="{precision}" byteOrder="network" '
        f'contentType="m/z-int" compressionType="{kind}">{text}</peaks>{inside}</scan>\n'
    )


def mzxml(*scans: str, count: int | None = None) -> str:
    """Return an mzXML file."""
    announced = len(scans) if count is None else count
    return (
        '<?xml version="1.0"?>\n<mzXML xmlns="http://sashimi.sourceforge.net/schema_revision/'
        f'mzXML_3.2"><msRun scanCount="{announced}"><msInstrument><msModel category="msModel" '
        f'value="Q Exactive"/></msInstrument>{"".join(scans)}</msRun></mzXML>'
    )
