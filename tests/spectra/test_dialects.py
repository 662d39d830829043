"""What programs really write: each dialect gives precursor, ion, energy, level, time and peaks."""

import json
from pathlib import Path

import pytest
from spectrum_text import peaks_of, read_text

from msgui.spectra.spectrum import Spectrum

GNPS_MGF = """BEGIN IONS
PEPMASS=195.0877
CHARGE=0
MSLEVEL=2
SOURCE_INSTRUMENT=LC-ESI-qTof
FILENAME=x.mgf
SEQ=*..*
IONMODE=Positive
ORGANISM=GNPS-LIBRARY
NAME=Caffeine M+H
SMILES=CN1C
INCHI=N/A
INCHIAUX=N/A
SPECTRUMID=X00000000001
SCANS=1
110.0713\t20.000000
138.0662\t100.000000
END IONS
"""
MZMINE_MGF = """BEGIN IONS
FEATURE_ID=7
PEPMASS=195.0877
SCANS=7
RTINSECONDS=312.0
CHARGE=1+
MSLEVEL=2
Num peaks=2
ION=[M+H]+
SPECTYPE=SINGLE_BEST_SCAN
COLLISION_ENERGY=[20.0, 45.0]
POLARITY=+
110.0713 2.0E1
138.0662 1.0E2
END IONS
"""
OPENMS_MGF = """MASS=Monoisotopic
BEGIN IONS
SCANS=1
FEATURE_ID=e_17394186400188459187
PEPMASS=195.0877
CHARGE=1+
RTINSECONDS=312.0
MSLEVEL=2
110.0713\t20.0
138.0662\t100.0
END IONS
"""
MASCOT_MGF = """COM=Project: x
ITOL=0.2
CHARGE=2+ and 3+

BEGIN IONS
TITLE=Cmpd 1, 5.2 min
PEPMASS=195.0877 12345
CHARGE=1+
RTINSECONDS=312
110.0713 20 1+
138.0662 100 1+
END IONS
"""
NIST_MSP = """Name: Caffeine
Synon: Theine
Precursor_type: [M+H]+
Spectrum_type: MS2
PrecursorMZ: 195.0877
Instrument_type: HCD
Instrument: Thermo Finnigan Elite Orbitrap
Ion_mode: P
Collision_energy: NCE=35% 20eV
CAS#: 58-08-2;  NIST#: 10
DB#: 1
Num Peaks: 2
110.0713 20 "C5H8N3+=p-C3H3NO2/0.1ppm 3/3"; 138.0662 100 "?";
"""
MSDIAL_MSP = """NAME: Unknown
PRECURSORMZ: 195.0877
PRECURSORTYPE: [M+H]+
IONMODE: Positive
RETENTIONTIME: 5.2
CCS: -1
FORMULA: null
SMILES: null
INSTRUMENT:
COMMENT: PeakID=12|MS1scan=3
Num Peaks: 2
110.0713\t20
138.0662\t100

"""
MSDIAL_MAT = """NAME: Unknown|ID=1
SCANNUMBER: 12
RETENTIONTIME: 5.2
PRECURSORMZ: 195.0877
PRECURSORTYPE: [M+H]+
IONMODE: Positive
SPECTRUMTYPE: Centroid
COLLISIONENERGY: 20
MSTYPE: MS1
Num Peaks: 1
195.0877\t1000
MSTYPE: MS2
Num Peaks: 2
110.0713\t20
138.0662\t100
"""
MONA_MSP = """Name: Caffeine
DB#: X1
InChIKey: RYYVLZVUVIJVGH-UHFFFAOYSA-N
Spectrum_type: MS2
PrecursorMZ: 195.0877
Instrument: Q Exactive Plus Orbitrap Thermo Scientific
Ion_mode: P
Collision_energy: 35  (nominal)
Comments: "SMILES=CN1C" "computed SMILES=[H]C" "precursor type=[M+H]+"
Num Peaks: 2
110.0713 20
138.0662 100

"""
MASSBANK_1 = """ACCESSION: KO000001
RECORD_TITLE: Caffeine; LC-ESI-QTOF; MS2
CH$NAME: Caffeine
CH$FORMULA: C8H10N4O2
AC$INSTRUMENT: QTOF
AC$INSTRUMENT_TYPE: LC-ESI-QTOF
AC$ANALYTICAL_CONDITION: MS_TYPE MS2
AC$ANALYTICAL_CONDITION: MODE POSITIVE
AC$ANALYTICAL_CONDITION: COLLISION_ENERGY 20 V
AC$ANALYTICAL_CONDITION: RETENTION_TIME 5.2 min
MS$FOCUSED_ION: PRECURSOR_M/Z 195.0877
MS$FOCUSED_ION: PRECURSOR_TYPE [M+H]+
PK$NUM_PEAK: 2
PK$PEAK: m/z int. rel.int.
  110.0713 20 200
  138.0662 100 999
//
"""
SIRIUS_MS = """>compound Caffeine
>parentmass 195.0877
>ionization [M+H]+
>rt 312.0s
#comment

>ms2
110.0713 20
138.0662 100
"""
MONA_JSON = json.dumps(
    [
        {
            "compound": [{"names": [{"name": "Caffeine"}]}],
            "id": "X1",
            "metaData": [
                {"name": "collision energy", "value": "20", "unit": "eV"},
                {"name": "ms level", "value": "MS2"},
                {"name": "ionization mode", "value": "positive"},
                {"name": "precursor m/z", "value": 195.0877},
                {"name": "precursor type", "value": "[M+H]+"},
            ],
            "spectrum": "110.0713:20 138.0662:100",
        }
    ]
)
GNPS_JSON = json.dumps(
    [
        {
            "spectrum_id": "X1",
            "Compound_Name": "Caffeine",
            "Precursor_MZ": "195.0877",
            "Ion_Mode": "Positive",
            "Adduct": "M+H",
            "Charge": "1",
            "ms_level": "2",
            "msModel": "qTof",
            "peaks_json": "[[110.0713,20],[138.0662,100.0]]",
            "INCHI": "N/A",
        }
    ]
)
MATCHMS_JSON = json.dumps(
    [
        {
            "charge": 1,
            "precursor_mz": 195.0877,
            "adduct": "[M+H]+",
            "ionmode": "positive",
            "compound_name": "Caffeine",
            "peaks_json": [[110.0713, 20], [138.0662, 100.0]],
        }
    ]
)
PROXI_JSON = json.dumps(
    {
        "usi": "mzspec:x",
        "mzs": [110.0713, 138.0662],
        "intensities": [20, 100],
        "attributes": [
            {"accession": "MS:1000744", "name": "selected ion m/z", "value": "195.0877"},
            {"accession": "MS:1000041", "name": "charge state", "value": "1"},
        ],
    }
)

# Name of the file, its text, adduct, energy in words, retention time, id.
DIALECTS = [
    ("gnps.mgf", GNPS_MGF, "[M+H]+", "", None, "X00000000001"),
    ("mzmine.mgf", MZMINE_MGF, "[M+H]+", "20/45", 312.0, "7"),
    ("openms.mgf", OPENMS_MGF, None, "", 312.0, "e_17394186400188459187"),
    ("mascot.mgf", MASCOT_MGF, None, "", 312.0, "Cmpd 1, 5.2 min"),
    ("nist.msp", NIST_MSP, "[M+H]+", "35 NCE", None, "1"),
    ("msdial.msp", MSDIAL_MSP, "[M+H]+", "", 312.0, ""),
    ("msdial.mat", MSDIAL_MAT, "[M+H]+", "20", 312.0, "12"),
    ("mona.msp", MONA_MSP, "[M+H]+", "35 NCE", None, "X1"),
    ("old.txt", MASSBANK_1, "[M+H]+", "20 eV", 312.0, "KO000001"),
    ("sirius.ms", SIRIUS_MS, "[M+H]+", "", 312.0, "Caffeine"),
    ("mona.json", MONA_JSON, "[M+H]+", "20 eV", None, "X1"),
    ("gnps.json", GNPS_JSON, "[M+H]+", "", None, "X1"),
    ("matchms.json", MATCHMS_JSON, "[M+H]+", "", None, ""),
    ("proxi.json", PROXI_JSON, None, "", None, "mzspec:x"),
]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "text", "adduct", "energy", "seconds", "own_id"),
    DIALECTS,
    ids=[dialect[0] for dialect in DIALECTS],
)
def test_a_record_of_each_program(
    tmp_path: Path,
    name: str,
    text: str,
    adduct: str | None,
    energy: str,
    seconds: float | None,
    own_id: str,
    line_end: str,
) -> None:
    spectra, problems = read_text(tmp_path, name, text.replace("\n", line_end))
    spectrum: Spectrum = spectra[-1]
    assert [(round(mz, 4), height) for mz, height in peaks_of(spectrum)] == [
        (110.0713, 20.0),
        (138.0662, 100.0),
    ]
    assert (spectrum.precursor_mz, spectrum.ms_level) == (195.0877, 2)
    assert (spectrum.adduct, spectrum.charge) == (adduct, 1)
    assert str(spectrum.collision_energy or "") == energy
    assert spectrum.retention_time_s == seconds
    assert spectrum.spectrum_id == own_id
    # The GNPS library writes a charge of 0, which is none; all else is clean.
    assert [problem.cause for problem in problems] == (
        ["charge 0 is read as unknown"] if name == "gnps.mgf" else []
    )


def test_the_ms1_of_a_mat_record_is_told_from_its_ms2(tmp_path: Path) -> None:
    spectra, _ = read_text(tmp_path, "a.mat", MSDIAL_MAT)
    assert [(spectrum.spectrum_id, spectrum.ms_level) for spectrum in spectra] == [
        ("12 MS1", 1),
        ("12", 2),
    ]
    assert spectra[1].metadata["SPECTRUMTYPE"] == "Centroid"
