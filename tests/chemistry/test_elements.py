import pytest

from msgui.chemistry.elements import element_bounds
from msgui.errors import MsguiError


def test_elements_and_ranges() -> None:
    assert element_bounds("") == {}
    assert element_bounds("Si") == {"Si": (0, 6)}
    assert element_bounds("Si2, B;Se1 Na0-3 [13C]6") == {
        "Si": (0, 2),
        "B": (0, 2),
        "Se": (0, 1),
        "Na": (0, 3),
        "[13C]": (0, 6),
    }
    assert element_bounds("Pt") == {"Pt": (0, 1)}


@pytest.mark.parametrize("text", ["Xx", "si", "Si-2", "Si3-1", "Si99", "Si2B", "C8H10"])
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(MsguiError) as caught:
        element_bounds(text)
    assert text in caught.value.cause
