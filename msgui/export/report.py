"""The report of one spectrum: an HTML file that needs nothing but itself."""

from collections.abc import Mapping
from typing import Any

import msgui
from msgui.annotation import Annotation
from msgui.export import report_rows as rows
from msgui.export.figure import FigureSize, spectrum_svg
from msgui.export.templates import environment, style
from msgui.export.words import title_of

FIGURE = FigureSize(195.0, 98.0, 7.5)


def spectrum_report(annotation: Annotation, parameters: Mapping[str, Any] | None = None) -> str:
    """Return the report of one spectrum: a whole HTML page without links to anything outside.

    It holds the figure, the best candidates with prediction beside baseline, the checks, what each
    peak is, and the parameters. All text of files is escaped.

    Parameters
    ----------
    annotation : Annotation
    parameters : mapping, optional
        ``Settings.as_dict()`` and anything else worth writing down.
    """
    mirror = next((n for n in annotation.neighbours if n.mz is not None and n.mz.size), None)
    figure = spectrum_svg(
        annotation,
        width_mm=FIGURE.width_mm,
        height_mm=FIGURE.height_mm,
        font_pt=FIGURE.font_pt,
        mirror=mirror,
        heading=False,
        structure=False,
    )
    best = annotation.candidates[0] if annotation.candidates else None
    page = environment().get_template("report.html.jinja")
    return page.render(
        version=msgui.__version__,
        style=style(),
        title=title_of(annotation.spectrum),
        facts=rows.facts(annotation),
        message=annotation.message,
        status=annotation.status,
        best=rows.best(annotation, best) if best else None,
        model=annotation.model,
        figure=rows.inline(figure),
        verdict=rows.verdict_row(annotation.verdict),
        checks=[rows.check_row(check) for check in annotation.trust],
        influences=[rows.influence_row(one) for one in annotation.influences],
        candidates=[rows.candidate_row(c) for c in annotation.candidates[: rows.CANDIDATES_SHOWN]],
        candidate_note=rows.candidate_note(annotation),
        has_ties=any(c.tied_with for c in annotation.candidates[: rows.CANDIDATES_SHOWN]),
        pieces=rows.pieces(annotation, best) if best else [],
        neighbors=[rows.neighbour_row(n) for n in annotation.neighbours[: rows.NEIGHBOURS_SHOWN]],
        neighbor_note=annotation.neighbour_note,
        peaks=[rows.peak_row(peak) for peak in rows.listed(annotation)],
        peak_note=rows.peak_note(annotation),
        formulas=[
            rows.formula_row(entry, annotation.formula)
            for entry in annotation.formulas[: rows.FORMULAS_SHOWN]
        ],
        formula_note=rows.formula_note(annotation),
        made=rows.made(annotation, parameters or {}),
    )
