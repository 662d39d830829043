import pytest

from msgui.chemistry.formula import Formula
from msgui.chemistry.isotopes import label_isotopes


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
