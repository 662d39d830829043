"""What a file that is no spectrum file looks like, in a chemist's words."""

import re

MSCONVERT = "Convert it to mzML with msConvert (ProteoWizard), with peak picking, and open that."
UNPACK = "Unpack it and open the spectrum file inside."
SPECTRUM_FORMATS = (
    "Open a spectrum file: MGF, MSP, mzML, mzXML, MassBank record, GNPS/MoNA/matchms JSON, "
    "SIRIUS .ms, or a list of peaks."
)

# Magic bytes, longest and most telling first: (start, what it is, next step).
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x01\xa1F\x00i\x00n\x00n\x00i\x00g\x00a\x00n", "a Thermo RAW file", MSCONVERT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a SCIEX WIFF or old Office file", MSCONVERT),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", SPECTRUM_FORMATS),
    (b"\xff\xd8\xff", "a JPEG picture", SPECTRUM_FORMATS),
    (b"GIF8", "a GIF picture", SPECTRUM_FORMATS),
    (b"%PDF", "a PDF document", SPECTRUM_FORMATS),
    (b"{\\rtf", "a rich text document", "Save it as plain text and open that."),
    (b"SQLite format 3\x00", "an SQLite database (a project, or Bruker data)", MSCONVERT),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", MSCONVERT),
    (b"PAR1", "a Parquet table", "Add it as a library or structure store instead."),
    (b"\x93NUMPY", "a NumPy array", SPECTRUM_FORMATS),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!", "a RAR archive", UNPACK),
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", UNPACK),
    (b"\x7fELF", "a program", SPECTRUM_FORMATS),
    (b"MZ", "a Windows program", SPECTRUM_FORMATS),
)
_PICKLE_STARTS = tuple(bytes([0x80, version]) for version in range(2, 6))
_WEB_PAGE = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype html|html|head|body)\b", re.DOTALL
)
# A text file may hold a stray NUL; a tenth of control bytes is no text.
_BINARY_SHARE = 0.1
_CONTROL = bytes(range(9)) + bytes(range(14, 32)) + b"\x7f"


def foreign(head: bytes) -> tuple[str, str] | None:
    """Return what the bytes look like and the next step, or None when they may be spectra.

    Parameters
    ----------
    head : bytes
        The first bytes of the file, unpacked when it was gzip.
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"xl/" in head or b"[Content_Types].xml" in head[:2000]:
            return "an Excel workbook or Office document", "Save the peak list as text or CSV."
        return "a ZIP archive", UNPACK
    if head.startswith(_PICKLE_STARTS):
        return (
            "a Python pickle, which could run code when opened",
            "Ask for the spectra as MGF, MSP or JSON.",
        )
    for start, name, action in _SIGNATURES:
        if head.startswith(start):
            return name, action
    text = head[:2000].lstrip().lower()
    if _WEB_PAGE.match(text):
        return "a web page, the download failed", "Download the file again and check its size."
    if text.startswith(b"version https://git-lfs.github.com"):
        return "a Git LFS pointer", "Fetch the real file with git lfs pull."
    if b"\n$$$$" in head or b"M  END" in head:
        return "a structure file (SDF)", "Drop it on the candidates pane instead."
    return None


def is_binary(head: bytes) -> bool:
    """Return True when too many bytes are control characters for a text file."""
    if not head:
        return False
    controls = len(head) - len(head.translate(None, _CONTROL))
    return controls > _BINARY_SHARE * len(head)
