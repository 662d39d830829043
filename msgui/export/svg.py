"""Pieces of SVG as text, with fixed number formats so that the same input gives the same bytes."""

from html import escape

POINTS_PER_MM = 72 / 25.4
FONTS = "Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def num(value: float) -> str:
    """Return a coordinate with two decimals at most."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def plain(text: str) -> str:
    """Return text as XML may hold it: escaped, without characters that XML forbids."""
    return escape("".join(c if c.isprintable() or c == " " else "\ufffd" for c in text))


def text_at(
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    color: str,
    anchor: str = "start",
    bold: bool = False,
    italic: bool = False,
    role: str = "",
) -> str:
    """Return a line of text with its baseline at ``y``."""
    style = ' font-weight="bold"' if bold else ""
    style += ' font-style="italic"' if italic else ""
    style += f' text-anchor="{anchor}"' if anchor != "start" else ""
    kind = f' class="{role}"' if role else ""
    return (
        f'<text{kind} x="{num(x)}" y="{num(y)}" font-size="{num(size)}" fill="{color}"{style}>'
        f"{plain(words)}</text>"
    )


def line_from(
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    color: str,
    width: float,
    *,
    role: str = "",
    dashes: str = "",
) -> str:
    """Return a straight line."""
    kind = f' class="{role}"' if role else ""
    pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line{kind} x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}"'
        f' stroke="{color}" stroke-width="{num(width)}"{pattern}/>'
    )


def diamond(x: float, y: float, size: float, color: str) -> str:
    """Return the sign of the precursor, standing with its lower corner at ``y``."""
    points = ((x, y), (x + size / 2, y - size / 2), (x, y - size), (x - size / 2, y - size / 2))
    path = " ".join(f"{num(px)},{num(py)}" for px, py in points)
    return f'<polygon class="precursor" points="{path}" fill="{color}"/>'


def hollow_circle(x: float, y: float, size: float, color: str) -> str:
    """Return the sign of a formula never met in training, standing on ``y``."""
    return (
        f'<circle class="unseen" cx="{num(x)}" cy="{num(y - size / 2)}" r="{num(size / 2)}"'
        f' fill="#ffffff" stroke="{color}" stroke-width="0.8"/>'
    )


def document(width_mm: float, height_mm: float, title: str, body: list[str]) -> str:
    """Return a whole SVG: exact size in mm, one unit a point (1/72 inch), white background."""
    width, height = width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{num(width_mm)}mm"'
                f' height="{num(height_mm)}mm" viewBox="0 0 {num(width)} {num(height)}"'
                f' font-family="{FONTS}">'
            ),
            f"<title>{plain(title)}</title>",
            f'<rect width="{num(width)}" height="{num(height)}" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        ]
    )
