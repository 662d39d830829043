"""What a figure should look like, as the export dialog and a batch of figures say it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from msgui.annotation import Annotation, MeasuredLoss, PeakAnnotation
from msgui.errors import MsguiError
from msgui.export.figure import PRESETS, spectrum_svg
from msgui.prediction.values import Neighbour
from msgui.spectra.spectrum import Spectrum

SMALLEST_MM, LARGEST_MM = 40.0, 600.0
SMALLEST_DPI, LARGEST_DPI = 72, 600
PRESET_WORDS = {
    "acs-single": "ACS, one column (8.25 cm)",
    "acs-double": "ACS, two columns (17.78 cm)",
    "slide": "Slide, 16:9 (25.4 cm)",
}


@dataclass(frozen=True)
class FigureChoice:
    """How spectra are drawn for a paper, a slide or a batch.

    Parameters
    ----------
    width_mm, height_mm : float
        Outer size.
    font_pt : float
    heading, structure, fragment, mirror, coverage : bool
        What is drawn besides the annotated peaks; ``fragment`` lights the piece of the chosen peak
        in the structure.
    labels : int
        Most labels; 0: as many as the width allows.
    square_root : bool
    dpi : int
        Of a PNG.
    """

    width_mm: float = PRESETS["acs-double"].width_mm
    height_mm: float = PRESETS["acs-double"].height_mm
    font_pt: float = PRESETS["acs-double"].font_pt
    heading: bool = True
    structure: bool = True
    fragment: bool = True
    mirror: bool = True
    coverage: bool = True
    labels: int = 0
    square_root: bool = False
    dpi: int = 300

    def __post_init__(self) -> None:
        if not all(SMALLEST_MM <= mm <= LARGEST_MM for mm in (self.width_mm, self.height_mm)):
            raise MsguiError(
                f"A figure is between {SMALLEST_MM:.0f} and {LARGEST_MM:.0f} mm wide and high."
            )
        if not SMALLEST_DPI <= self.dpi <= LARGEST_DPI:
            raise MsguiError(f"A picture has {SMALLEST_DPI} to {LARGEST_DPI} dpi.")

    def draw(
        self,
        annotation: Annotation,
        peaks: Sequence[PeakAnnotation] | None = None,
        *,
        candidate: int = 0,
        selected: Collection[int] = (),
        mirror: Neighbour | Spectrum | None = None,
        losses: Sequence[MeasuredLoss] = (),
        mz_range: tuple[float, float] | None = None,
    ) -> str:
        """Return the figure as SVG text; see :func:`msgui.export.figure.spectrum_svg`.

        Without ``mirror`` the nearest reference spectrum that has peaks is drawn below.
        """
        below = mirror or next((n for n in annotation.neighbours if n.mz is not None), None)
        return spectrum_svg(
            annotation,
            peaks,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            font_pt=self.font_pt,
            mirror=below if self.mirror else None,
            heading=self.heading,
            structure=self.structure,
            coverage=self.coverage,
            candidate=candidate,
            selected=selected if self.fragment else (),
            labels=self.labels or None,
            mz_range=mz_range,
            square_root=self.square_root,
            losses=losses,
        )
