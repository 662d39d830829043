"""How wide a text is when it is drawn, without asking a screen for it."""

# Advance widths of DejaVu Sans in thousandths of the font size, from the space on. Arial and
# Helvetica are narrower, so what does not overlap with these does not overlap with those.
_FIRST = 32
_ASCII = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
    1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500,
    500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612,
    635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
)  # fmt: skip
_OTHERS = {
    **dict.fromkeys("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", 401),
    **dict.fromkeys("⁺⁻", 528),
    "•": 590,
    "·": 318,
    "–": 500,
    "†": 500,
    "−": 838,
}
_WIDEST = 1000  # any other character: an em
_BOLD = 1.11


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in the unit of ``size``."""
    total = 0
    for character in text:
        place = ord(character) - _FIRST
        if 0 <= place < len(_ASCII):
            total += _ASCII[place]
        else:
            total += _OTHERS.get(character, _WIDEST)
    return total * size / 1000 * (_BOLD if bold else 1.0)


def elided(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis where it is wider than ``room``."""
    if text_width(text, size, bold=bold) <= room:
        return text
    while text and text_width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""


def wrapped(parts: list[str], size: float, room: float, joint: str = "  ·  ") -> list[str]:
    """Return lines of parts joined by ``joint``, none wider than ``room``."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{joint}{part}" if lines else part
        if lines and text_width(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(elided(part, size, room))
    return lines
