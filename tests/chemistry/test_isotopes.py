import pytest

from msgui.chemistry.formula import Formula
from msgui.chemistry.isotopes import (
    isotope_pattern,
    isotope_score,
    isotopes_of,
    label_isotopes,
)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        # M+1 and M+2 relative to M, from the abundances of NIST.
        ("C10H8", [1.0, 0.1093]),
        ("CCl4", [1.0, 0.0108, 1.2785, 0.0138, 0.6130]),
        ("CH2Br2", [0.5140, 0.0057, 1.0, 0.0111, 0.4865]),
    ],
)
def test_pattern(formula: str, expected: list[float]) -> None:
    pattern = isotope_pattern(Formula.parse(formula))
    highest = max(expected)
    for measured, wanted in zip(pattern.intensity, expected, strict=False):
        assert measured == pytest.approx(wanted / highest, rel=0.02)


def test_masses_of_the_pattern() -> None:
    pattern = isotope_pattern(Formula.parse("C8H11N4O2"), 1)
    assert pattern.mz[0] == pytest.approx(195.08765, abs=1e-5)
    assert pattern.mz[1] == pytest.approx(196.0902, abs=2e-4)
    doubly = isotope_pattern(Formula.parse("C20H32N4O6"), 2)
    assert doubly.mz[1] - doubly.mz[0] == pytest.approx(0.5016, abs=2e-4)


def test_patterns_of_large_and_odd_formulas() -> None:
    assert isotope_pattern(Formula.parse("C254H377N65O75S6")).intensity.max() == 1.0
    assert isotope_pattern(Formula.parse("C6H16O6Sn")).mz.size > 8
    labelled = isotope_pattern(Formula.parse("C2D6O"))
    assert labelled.mz[0] == pytest.approx(52.0790, abs=1e-3)
    assert sum(abundance for _, abundance in isotopes_of("Br")) == pytest.approx(1.0, abs=1e-3)


def labels(
    mz: list[float], intensity: list[float], **options: object
) -> dict[int, tuple[int, str]]:
    found = label_isotopes(mz, intensity, **options)  # type: ignore[arg-type]
    return {peak: (partner.of, partner.isotope) for peak, partner in found.items()}


@pytest.mark.parametrize(
    ("distance", "ratio", "isotope"),
    [
        (1.003355, 0.10, "13C"),
        (1.995796, 0.045, "34S"),
        (1.997050, 0.32, "37Cl"),
        (1.997952, 0.97, "81Br"),
    ],
)
def test_partners(distance: float, ratio: float, isotope: str) -> None:
    assert labels([200.05, 200.05 + distance], [100.0, 100 * ratio]) == {1: (0, isotope)}


def test_partners_that_are_none() -> None:
    assert labels([200.05, 201.05786], [100.0, 10.0]) == {}  # one more hydrogen
    assert labels([200.05, 201.05336], [100.0, 90.0]) == {}  # too high for sixteen carbons
    assert labels([200.05, 202.06565], [100.0, 32.0]) == {}  # two more hydrogens
    assert labels([], []) == {}


def test_the_ion_limits_the_elements() -> None:
    mz, intensity = [200.05, 202.04795], [100.0, 97.0]
    assert labels(mz, intensity, ion=Formula.parse("C10H10BrN")) == {1: (0, "81Br")}
    assert labels(mz, intensity, ion=Formula.parse("C10H10N")) == {}


def test_second_isotope_belongs_to_the_first_peak() -> None:
    mz = [300.0, 301.003355, 302.00671]
    assert labels(mz, [100.0, 20.0, 2.0]) == {1: (0, "13C"), 2: (0, "13C2")}


def test_doubly_charged_distances() -> None:
    assert labels([300.1, 300.60168], [100.0, 30.0], charge=2) == {1: (0, "13C")}


def test_agreement_of_patterns() -> None:
    atrazine = isotope_pattern(Formula.parse("C8H15ClN5"))
    sulfide = isotope_pattern(Formula.parse("C8H17N5S"))
    assert isotope_score(atrazine, 1, atrazine.mz, 5e6 * atrazine.intensity, 5) == pytest.approx(1)
    moved = sulfide.mz + atrazine.mz[0] - sulfide.mz[0]
    # Chlorine measured, sulfur computed and the other way round.
    for computed, mz, intensity in (
        (atrazine, moved, sulfide.intensity),
        (isotope_pattern(Formula.parse("C13H14NO2")), *chlorine_as("C13H14NO2")),
    ):
        score = isotope_score(computed, 1, mz, intensity, 5)
        assert score is not None
        assert 0.5 < score < 0.9


def chlorine_as(formula: str) -> tuple[list[float], list[float]]:
    """Return the pattern of atrazine with its first peak at that of another formula."""
    atrazine = isotope_pattern(Formula.parse("C8H15ClN5"))
    first = isotope_pattern(Formula.parse(formula)).mz[0]
    return (atrazine.mz - atrazine.mz[0] + first).tolist(), atrazine.intensity.tolist()


def test_scan_that_says_nothing() -> None:
    pattern = isotope_pattern(Formula.parse("C8H15ClN5"))
    assert isotope_score(pattern, 1, pattern.mz[:1], [1.0], 5) is None
    assert isotope_score(pattern, 1, [], [], 5) is None
    assert isotope_score(pattern, 1, pattern.mz + 0.1, pattern.intensity, 5) is None


def test_agreement_of_a_doubly_charged_ion() -> None:
    pattern = isotope_pattern(Formula.parse("C60H92N12O12"), 2)
    assert isotope_score(pattern, 2, pattern.mz, pattern.intensity, 5) == pytest.approx(1.0)
