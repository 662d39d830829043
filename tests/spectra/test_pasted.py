"""Peaks from the clipboard, and files that are nothing but peaks."""

from pathlib import Path

import pytest
from spectrum_text import one, peaks_of

from msgui.errors import MsguiError
from msgui.spectra.pasted import parse_peaks

EXPECTED = [(110.0713, 14.5), (138.0662, 100.0)]


@pytest.mark.parametrize(
    "text",
    [
        "138.0662 100\n110.0713 14.5",
        "138.0662\t100\r\n110.0713\t14.5\r\n",
        "138.0662,100\n110.0713,14.5\n",
        "138.0662, 100\n110.0713, 14.5\n",
        "138.0662;100\n110.0713;14.5\n",
        "138,0662;100\n110,0713;14,5\n",
        "138,0662\t100\n110,0713\t14,5\n",
        "m/z\tintensity\n138.0662\t100\n110.0713\t14.5\n",
        '"mz","intensity"\n"138.0662","100"\n"110.0713","14.5"\n',
        "# copied from a paper\n138.0662 100 C6H8N3O+\n110.0713 14.5 C5H8N3+\n",
        "\n\n  138.0662   100  \n\n110.0713 14.5\n\n",
        "138.0662 100\n110.0713 14.5\n120.1 0\n",
        "138.0662:100\n110.0713:14.5",
        "\ufeff138.0662 100\n110.0713 14.5",
    ],
)
def test_two_columns_in_any_layout(text: str) -> None:
    mz, intensity = parse_peaks(text)
    assert list(zip(mz.tolist(), intensity.tolist(), strict=True)) == EXPECTED


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("138.0662 100\nabc\n", "line 2"),
        ("mz intensity\n138.0662 100\n\n110.0713\n", "line 4"),
        ("some words\nmore words\n138 1\n", "line 2"),
        ("", "line 1"),
        ("only words", "line 1"),
        ("100 0\n", "line 1"),
    ],
)
def test_wrong_text_gives_the_line(text: str, line: str) -> None:
    with pytest.raises(MsguiError) as caught:
        parse_peaks(text)
    assert caught.value.where == line
    assert caught.value.action


def test_a_file_of_peaks_is_one_spectrum(tmp_path: Path) -> None:
    text = (
        "# Precursor m/z: 195.0877\n# Adduct = [M+H]+\nmz,intensity\n138.0662,100\n110.0713,14.5\n"
    )
    spectrum = one(tmp_path, "caffeine.csv", text)
    assert peaks_of(spectrum) == EXPECTED
    assert spectrum.title == "caffeine"
    assert (spectrum.precursor_mz, spectrum.adduct) == (195.0877, "[M+H]+")
