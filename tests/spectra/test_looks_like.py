"""Files that hold no spectra are named for what they are, from their first bytes."""

import pickle
from pathlib import Path

import pytest

from msgui.errors import MsguiError
from msgui.spectra.readers import sniff


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(2000), "PNG picture"),
        (b"PK\x03\x04" + bytes(30), "ZIP archive"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml", "Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"SQLite format 3\0" + bytes(100), "SQLite"),
        (b"PAR1" + bytes(100), "Parquet"),
        (b"\x93NUMPY\x01\0", "NumPy"),
        (pickle.dumps([1, 2, 3]), "pickle"),
        (b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n\0", "Thermo RAW"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "WIFF"),
        (b"<!DOCTYPE html><html><body>404", "web page, the download failed"),
        (b"\n <html lang='en'>", "web page, the download failed"),
        (
            b'<?xml version="1.0"?>\n<!-- error -->\n<!DOCTYPE html PUBLIC "x">\n<html>',
            "web page, the download failed",
        ),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS pointer"),
        (b"caffeine\n  x\n\n 1 0\nM  END\n$$$$\n", "structure file"),
        (bytes(range(256)) * 10, "binary data"),
        (b"some words\nthat are nothing\n", "text of no known format"),
        (b"<?xml version='1.0'?><featureMap/>", "XML of another kind (<featureMap>)"),
        (b"\n\n \n", "no spectra found"),
    ],
)
@pytest.mark.parametrize("name", ["a.mgf", "a.mzML"])
def test_files_of_other_kinds(tmp_path: Path, content: bytes, words: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MsguiError) as caught:
        sniff(path)
    assert words in caught.value.cause
    assert caught.value.action
