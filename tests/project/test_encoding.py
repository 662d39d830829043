import json
import math
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from msgui.annotation import Annotation, FormulaCandidate, MeasuredLoss, PeakAnnotation
from msgui.errors import MsguiError
from msgui.fragments.fragment import FragmentMatch
from msgui.overrides import Overrides, PeakOverride
from msgui.prediction.values import Candidate, Neighbour, Prediction
from msgui.project.encoding import MAGIC, from_bytes, to_bytes, types_by_name
from msgui.spectra.coverage import Coverage
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum
from msgui.structures.structure import Structure
from msgui.trust.values import TrustCheck, Verdict
from tests.export.small_annotations import annotation, spectrum
from tests.project.values_for_projects import MADE_WITH, same

# Any text, lone halves of surrogate pairs and control characters included.
TEXT = st.text(st.characters(), max_size=12)
FLOATS = st.floats()
WHOLE = st.integers(-(2**60), 2**60)
INDICES = st.lists(st.integers(0, 99), max_size=5).map(tuple)
OPTIONAL = st.none() | FLOATS
SHARE = st.floats(0, 1)

COVERAGES = st.builds(Coverage, st.integers(0, 9), st.integers(0, 9), SHARE)
PIECES = st.builds(FragmentMatch, INDICES, INDICES, WHOLE, FLOATS, TEXT, TEXT, FLOATS)
PEAKS = st.builds(
    PeakAnnotation,
    index=st.integers(0, 3),
    mz=FLOATS,
    intensity=FLOATS,
    relative_intensity=SHARE,
    formula=TEXT,
    error_ppm=FLOATS,
    fragment=st.none() | PIECES,
    other_fragments=st.lists(PIECES, max_size=3).map(tuple),
    alternatives=st.lists(TEXT, max_size=3).map(tuple),
    seen_in_training=st.none() | st.booleans(),
)
STRUCTURES = st.builds(Structure, TEXT, TEXT, TEXT, FLOATS, TEXT, TEXT, TEXT)
CANDIDATES = st.builds(
    Candidate,
    STRUCTURES,
    st.integers(1, 9),
    FLOATS,
    OPTIONAL,
    OPTIONAL,
    st.none() | st.integers(1, 9),
    st.none() | st.integers(1, 9),
    COVERAGES,
    OPTIONAL,
)
FLOAT_ARRAYS = arrays.arrays(np.float64, st.integers(0, 6), elements=FLOATS)
SINGLES = arrays.arrays(np.float32, st.integers(0, 6), elements=st.floats(width=32))
NEIGHBOURS = st.builds(
    Neighbour,
    TEXT,
    TEXT,
    TEXT,
    FLOATS,
    st.sampled_from(["library", "memory"]),
    st.booleans(),
    mz=st.none() | FLOAT_ARRAYS,
    intensity=st.none() | FLOAT_ARRAYS,
)
ENERGIES = st.builds(
    CollisionEnergy, TEXT, OPTIONAL, st.sampled_from(["eV", "NCE", "%", "unknown"])
)


@st.composite
def spectra(draw: st.DrawFn) -> Spectrum:
    mz = np.sort(draw(arrays.arrays(np.float64, 4, elements=st.floats(1, 2000))))
    height = draw(arrays.arrays(np.float64, 4, elements=st.floats(0, 1e300, exclude_min=True)))
    return Spectrum(
        mz,
        height,
        precursor_mz=draw(st.none() | st.floats(1, 2000)),
        adduct=draw(st.none() | TEXT),
        collision_energy=draw(st.none() | ENERGIES),
        title=draw(TEXT),
        is_profile=draw(st.booleans()),
        origin=Origin(draw(TEXT), draw(st.integers(0, 99)), draw(TEXT)),
        metadata=draw(st.dictionaries(TEXT, TEXT, max_size=3)),
        remarks=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    formulas = st.builds(
        FormulaCandidate, WHOLE, TEXT, TEXT, FLOATS, WHOLE, FLOATS, OPTIONAL, FLOATS
    )
    trust = st.builds(TrustCheck, TEXT, st.sampled_from(["ok", "warn"]), OPTIONAL, TEXT)
    return Annotation(
        draw(spectra()),
        formulas=tuple(draw(st.lists(formulas, max_size=3))),
        peaks=tuple(draw(st.lists(PEAKS, max_size=3))),
        formula_coverage=draw(st.none() | COVERAGES),
        candidates=tuple(draw(st.lists(CANDIDATES, max_size=3))),
        prediction=draw(st.none() | st.builds(Prediction, SINGLES, SINGLES, FLOATS, TEXT)),
        neighbours=tuple(draw(st.lists(NEIGHBOURS, max_size=2))),
        trust=tuple(draw(st.lists(trust, max_size=2))),
        verdict=draw(st.none() | st.builds(Verdict, st.just("fair"), TEXT, FLOATS)),
        message=draw(TEXT),
    )


@given(annotations())
@settings(max_examples=60, deadline=None)
def test_an_annotation_comes_back_to_the_last_bit(value: Annotation) -> None:
    assert same(from_bytes(to_bytes(value)), value)


@given(spectra())
@settings(max_examples=60, deadline=None)
def test_a_spectrum_comes_back_to_the_last_bit(value: Spectrum) -> None:
    block = to_bytes(value)
    assert same(from_bytes(block), value)
    assert to_bytes(value) == block


def test_the_realistic_annotation_comes_back_and_names_its_spectrum() -> None:
    measured = spectrum()
    value = annotation(spectrum=measured)
    block = to_bytes({"annotation": value, "made_with": MADE_WITH}, {"spectrum": measured})
    found = from_bytes(block, {"spectrum": measured})
    assert found["annotation"].spectrum is measured
    assert same(found["annotation"], value)
    assert found["made_with"] == MADE_WITH
    assert not found["annotation"].prediction.probability.flags.writeable


def test_numbers_of_numpy_become_plain_numbers() -> None:
    value = Coverage(np.int64(3), np.int32(4), np.float32(0.5))  # type: ignore[arg-type]
    assert from_bytes(to_bytes(value)) == Coverage(3, 4, 0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, 2**63, 0.1 + 0.2])
def test_odd_numbers_come_back(value: float) -> None:
    assert same(from_bytes(to_bytes(value)), value)


def test_a_field_of_a_newer_version_is_noticed_and_passed_over() -> None:
    block = _changed(to_bytes(Coverage(1, 2, 0.5)), '"explained_peaks"', '"coming_next_year"')
    unknown: set[str] = set()
    with pytest.raises(MsguiError):
        from_bytes(block, unknown=unknown)  # explained_peaks has no default
    block = _changed(to_bytes(Origin("a", 1, "b")), '"where"', '"later"')
    assert from_bytes(block, unknown=unknown) == Origin("a", 1)
    assert "Origin.later" in unknown


def test_only_what_a_project_is_made_of_is_ever_built() -> None:
    assert {"Annotation", "Spectrum", "Candidate", "FragmentMatch", "MadeWith"} <= set(
        types_by_name()
    )
    block = _changed(to_bytes(Origin()), '"Origin"', '"Popen"')
    with pytest.raises(MsguiError, match="Popen"):
        from_bytes(block)
    with pytest.raises(TypeError):
        to_bytes(object())


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        struct.pack("<I", 2**31) + b"{}",
        struct.pack("<I", 1) + b"{",
        struct.pack("<I", 9) + b'{"z":"q"}',
        struct.pack("<I", 6) + b'{"d":1',
        struct.pack("<I", 100_000) + b"[" * 100_000,
        struct.pack("<I", 24) + b'{"a":["<f8",[99999],800]}'[:24],
        struct.pack("<I", 21) + b'{"a":["|O8",[1],0]}  ',
        struct.pack("<I", 21) + b'{"a":["<f8",[-1],0]} ',
    ],
)
def test_nonsense_is_refused_in_words(payload: bytes) -> None:
    with pytest.raises(MsguiError):
        from_bytes(MAGIC + zlib.compress(payload))


def test_a_block_that_unpacks_to_very_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msgui.project.encoding.LARGEST_BLOCK", 1 << 16)
    with pytest.raises(MsguiError, match="unpacks"):
        from_bytes(MAGIC + zlib.compress(bytes(1 << 20)))


def test_every_cut_block_is_refused() -> None:
    block = to_bytes(annotation())
    for end in range(0, len(block), 37):
        with pytest.raises(MsguiError):
            from_bytes(block[:end])


def test_what_makes_a_result_another_one() -> None:
    assert MADE_WITH.differences(MADE_WITH) == ()
    assert MADE_WITH.differences(replace(MADE_WITH, msgui="0.2")) == ()
    assert MADE_WITH.differences(replace(MADE_WITH, model_sha256="c")) == ("another model",)
    other = replace(MADE_WITH, parameters={"ppm": 5.0, "new": 1}, structures_sha256="x")
    assert MADE_WITH.differences(other) == ("other structures", "ppm 10.0")


def _changed(block: bytes, old: str, new: str) -> bytes:
    data = zlib.decompress(block[len(MAGIC) :])
    (length,) = struct.unpack_from("<I", data)
    text = json.dumps(json.loads(data[4 : 4 + length]), separators=(",", ":")).replace(old, new)
    return MAGIC + zlib.compress(struct.pack("<I", len(text)) + text.encode() + bytes(8))


def test_words_on_peaks_and_measured_losses_come_back() -> None:
    decisions = {
        "overrides": Overrides(
            ((2, PeakOverride("C6H8N3O", note="sure")), (4, PeakOverride(mark="noise")))
        ),
        "losses": (MeasuredLoss(4, 2, "C2H3NO"), MeasuredLoss(3, 1)),
    }
    assert from_bytes(to_bytes(decisions)) == decisions
