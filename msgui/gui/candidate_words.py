"""What the candidates pane says: where its list comes from, and what to do when it is empty."""

from msgui.gui.session import Session
from msgui.gui.verdicts import acceptance_of
from msgui.gui.widgets.empty_state import StateAction

CHOOSE_MODEL = StateAction("choose_model", "Choose a model…", "Take a model that is installed")
OTHER_LIST = StateAction(
    "choose_structures", "Use another list…", "Take candidates from a file of structures"
)
BY_MASS = StateAction("by_mass", "Search by mass", "Fetch all structures within the tolerance")
ANNOTATE = StateAction("annotate", "Annotate", "Find formulas, fragments and candidates")

State = tuple[str, str, tuple[StateAction, ...]]


def store_name(session: Session) -> str:
    """Return what the list of structures is called."""
    tools = session.tools
    structures = getattr(tools, "structures", None)
    if structures is None:
        return ""
    try:
        name = str(structures.info().name)
    except Exception:
        return ""
    return "bundled structures" if name == "default" else name


def store_size(session: Session) -> int | None:
    """Return how many structures the list holds, None when it is not known."""
    structures = getattr(session.tools, "structures", None)
    try:
        return int(structures.info().count) if structures is not None else None
    except Exception:
        return None


def source_texts(session: Session) -> tuple[tuple[str, ...], str]:
    """Return where the candidates come from, ever shorter, and as a sentence."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    name = store_name(session) or "no list of structures"
    if annotation is None:
        return (name,), f"Candidates are taken from: {name}."
    count, shown = annotation.candidate_count, len(annotation.candidates)
    what = f" with {annotation.formula}" if annotation.formula else ""
    source = f" from {name}" if store_name(session) else ""
    top = f"Best {shown} of {count}" if count > shown else f"{count}"
    texts = (f"{top}{what}{source}", f"{count}{what}{source}", f"{top}{what}", f"{count}{what}")
    return (*texts, top, f"{count}"), f"{top} structures{what}{source}."


def empty_words(session: Session, *, neighbours: bool) -> State:
    """Return what to say when there is no row to show."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    if entry is None:
        return "No spectrum chosen", "Its candidates are listed here.", ()
    if annotation is None:
        if session.annotating(entry.uid) is not None:
            return "Looking for candidates…", "", ()
        return "Not annotated yet", "", (ANNOTATE,)
    if neighbours:
        note = (
            annotation.neighbour_note or "There is no library of reference spectra, and no model."
        )
        return "No known spectrum to compare with", _sentence(note), ()
    if annotation.message and not annotation.formula:
        return "No candidates", _sentence(annotation.message), ()
    name, size = store_name(session) or "this list", store_size(session)
    among = f"None of the {size:,} structures".replace(",", " ") if size else "No structure"
    what = f"No structure with {annotation.formula}" if annotation.formula else "No structure"
    return what, f"{among} of the list “{name}” has it.", (OTHER_LIST, BY_MASS)


def notice_words(session: Session, *, neighbours: bool) -> tuple[str, tuple[StateAction, ...]]:
    """Return what to say above the rows, empty when all is as it should be."""
    entry = session.current_entry
    annotation = entry.annotation if entry else None
    if annotation is None:
        return "", ()
    if neighbours:
        return (_sentence(annotation.neighbour_note), ()) if annotation.neighbours else ("", ())
    candidates = annotation.candidates
    if not candidates:
        return "", ()
    if all(candidate.model_score is None for candidate in candidates):
        has_baseline = any(candidate.baseline_score is not None for candidate in candidates)
        rest = "The baseline still works." if has_baseline else "Fragments still rank the list."
        return f"No model yet. {rest}", (CHOOSE_MODEL,)
    if all(candidate.baseline_score is None for candidate in candidates):
        note = annotation.neighbour_note or "no known spectrum with this formula"
        return f"No baseline: {note}".rstrip(".") + ".", ()
    if annotation.status != "ok":
        return _sentence(annotation.message), ()
    if acceptance_of(annotation, session.error_percent) is False:
        return f"Abstained: not accepted at an error rate of {session.error_percent} %.", ()
    return "", ()


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
