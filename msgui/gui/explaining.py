"""What peaks are for candidates other than the first, computed in jobs when they are looked at."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from msgui.annotation import Annotation, PeakAnnotation
from msgui.gui.jobs import JobRunner
from msgui.gui.session import Session
from msgui.spectra.coverage import Chance

EXPLANATIONS_KEPT = 400


@dataclass(frozen=True, eq=False)
class Explanation:
    """The peaks of one candidate, and what of it would be chance (None: not computed)."""

    peaks: tuple[PeakAnnotation, ...]
    chance: Chance | None


class Explainer(QObject):
    """Explains the selected candidate and the one that it is compared with."""

    problem = Signal(object)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._known: OrderedDict[tuple[int, int], Explanation] = OrderedDict()
        session.annotation_changed.connect(self._forget)
        session.candidate_selected.connect(lambda _index: self._explain_selected())
        session.compared_changed.connect(lambda _index: self._explain_compared())

    def _explain_selected(self) -> None:
        session = self._session
        entry, index = session.current_entry, session.selected_candidate
        self._runner.cancel_lane("explain")
        if entry is None or entry.annotation is None or index < 0:
            return
        uid = entry.uid

        def show(explanation: Explanation) -> None:
            session.set_explanation(uid, index, explanation.peaks)
            session.set_chance(uid, index, explanation.chance)

        if not self._show_known(entry.annotation, uid, index, show):
            session.set_explanation(uid, index, None)
            self._compute(entry.annotation, uid, index, "explain", show)

    def _explain_compared(self) -> None:
        session = self._session
        entry, index = session.current_entry, session.compared
        self._runner.cancel_lane("compare")
        self._runner.cancel_lane("difference")
        if entry is None or entry.annotation is None or index < 0:
            return
        uid = entry.uid
        self._find_difference(uid, index)

        def show(explanation: Explanation) -> None:
            session.set_comparison(uid, index, explanation.peaks)

        if not self._show_known(entry.annotation, uid, index, show):
            self._compute(entry.annotation, uid, index, "compare", show)

    def _find_difference(self, uid: int, index: int) -> None:
        session = self._session
        one, other = session.candidate, session.compared_candidate
        if one is None or other is None:
            return

        def work() -> Iterator[Any]:
            from msgui.chemistry.difference import difference

            yield difference(one.structure.smiles, other.structure.smiles)

        self._runner.start(
            "Comparing structures",
            work,
            lane="difference",
            newest_only=True,
            visible=False,
            on_result=lambda found: session.set_difference(uid, index, found),
            on_fail=self.problem.emit,
        )

    def _show_known(
        self, annotation: Annotation, uid: int, index: int, show: Callable[[Explanation], None]
    ) -> bool:
        known = self._known.get((uid, index))
        if index == 0:
            known = Explanation(annotation.peaks, annotation.chance)
        if known is not None:
            show(known)
        return known is not None

    def _compute(
        self,
        annotation: Annotation,
        uid: int,
        index: int,
        lane: str,
        show: Callable[[Explanation], None],
    ) -> None:
        tools = self._session.tools
        if tools is None:
            return

        def work() -> Iterator[Any]:
            from msgui.explanation import chance_of_candidate, explain_candidate

            peaks = explain_candidate(annotation, index, tools)
            yield Explanation(peaks, None)
            yield Explanation(peaks, chance_of_candidate(annotation, index, tools))

        def take(explanation: Explanation) -> None:
            entry = self._session.entry(uid)
            if entry is None or entry.annotation is not annotation:
                return
            if explanation.chance is not None:
                self._keep((uid, index), explanation)
            show(explanation)

        self._runner.start(
            "Explaining the peaks",
            work,
            lane=lane,
            newest_only=True,
            visible=False,
            on_result=take,
            on_fail=self.problem.emit,
        )

    def _keep(self, key: tuple[int, int], explanation: Explanation) -> None:
        self._known[key] = explanation
        while len(self._known) > EXPLANATIONS_KEPT:
            self._known.popitem(last=False)

    def _forget(self, uid: int) -> None:
        for key in [key for key in self._known if key[0] == uid]:
            del self._known[key]
