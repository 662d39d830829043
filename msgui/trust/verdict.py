"""Can it be believed: all checks of one annotation, always in the same order."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgui.errors import MsguiError
from msgui.trust import baseline, conditions, formulas, intensities, quality, spectrum_matters
from msgui.trust.subject import NotComputedError, Subject
from msgui.trust.values import TrustCheck

if TYPE_CHECKING:
    from msgui.prediction.onnx_model import Model

Check = Callable[[Subject, "Model"], TrustCheck]

# A new check is a function in a file of its own and one line here.
CHECKS: tuple[tuple[str, bool, Check], ...] = (
    (conditions.CHECK, True, lambda s, m: conditions.conditions(s, m.memory)),
    (intensities.CHECK, True, intensities.intensities),
    (formulas.CHECK, True, lambda s, _: formulas.fragment_formulas(s)),
    (baseline.CHECK, True, lambda s, m: baseline.model_and_baseline(s, m.memory)),
    (spectrum_matters.CHECK, True, spectrum_matters.spectrum_matters),
    (quality.CHECK, False, lambda s, _: quality.spectrum_quality(s)),
)


def run_checks(subject: Subject, model: "Model | None") -> list[TrustCheck]:
    """Return every check of an annotation; one that cannot be computed says why.

    Parameters
    ----------
    subject : Annotation
        Anything with the parts named in :class:`msgui.trust.subject.Subject`.
    model : Model or None
        The model that made the prediction; without one only the spectrum itself is checked.
    """
    found = []
    for name, needs_model, check in CHECKS:
        if needs_model and model is None:
            found.append(_not_computed(name, "there is no model"))
            continue
        try:
            found.append(check(subject, model))  # type: ignore[arg-type]
        except NotComputedError as reason:
            found.append(_not_computed(name, str(reason)))
        except MsguiError as error:
            found.append(_not_computed(name, f"of a problem: {error.cause}"))
    return found


def _not_computed(check: str, reason: str) -> TrustCheck:
    return TrustCheck(check, "unknown", None, f"not computed, because {reason}.")
