"""The templates and the style sheet of reports."""

from functools import lru_cache
from typing import TYPE_CHECKING

from msgui.paths import resources

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


@lru_cache(maxsize=1)
def environment() -> "Environment":
    """Return the templates; all text is escaped and shown without invisible characters."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    def visible(value: object) -> object:
        if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
            return "".join(c if c.isprintable() or c in "\n\u202f" else "\ufffd" for c in value)
        return value

    return Environment(
        loader=FileSystemLoader(resources() / "report"),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def style() -> "Markup":
    """Return the style sheet of reports."""
    from markupsafe import Markup

    return Markup((resources() / "report" / "style.css").read_text(encoding="utf-8"))
