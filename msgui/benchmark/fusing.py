"""What the votes of isomers and near formulas add to a model, and the controls beside it."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from msgui.benchmark.answers import Answer
from msgui.benchmark.queries import Query
from msgui.prediction.fusion import Fusion, RelativesOf, fuse
from msgui.progress import Step


def fused_answers(
    validation: Sequence[Query],
    test: Sequence[Query],
    parts: tuple[Answer, Answer, Answer],
    relatives: RelativesOf,
    fusion: Fusion,
) -> Iterator[Step | tuple[Answer, Answer, bool]]:
    """Yield steps and (answer, the same on the validation side, may it rank) of each variant.

    With the true structure left out: what to expect of a compound that is in no list, and how
    much of that needs no peaks. With the structures as they are: of a compound that is in the
    list. With near formulas alone: candidates do not vote for themselves. Thresholds are chosen
    with the true structure left out throughout. A ranking by an answer in which every candidate
    but the true one has a vote would mean nothing, so those do not rank.

    Parameters
    ----------
    parts : tuple of Answer
        Of the model: on the validation side, without peaks, and as it is.
    """
    checked, no_peaks, answer = parts
    said = (relatives, fusion)
    sure = yield from _fused(checked, "", validation, *said, leave_out_truth=True)
    title = f"{answer.method}, fused"
    left_out = f"{title}, true structure left out"
    for part, name in ((no_peaks, f"{left_out}, no peaks"), (answer, left_out)):
        joined = yield from _fused(part, name, test, *said, leave_out_truth=True)
        yield joined, sure, False
    joined = yield from _fused(answer, title, test, *said, leave_out_truth=False)
    yield joined, sure, True
    near = f"{title} with near formulas alone"
    sure = yield from _fused(checked, "", validation, *said, leave_out_truth=True, isomers=False)
    joined = yield from _fused(answer, near, test, *said, leave_out_truth=True, isomers=False)
    yield joined, sure, True


def _fused(
    answer: Answer,
    title: str,
    queries: Sequence[Query],
    relatives: RelativesOf,
    fusion: Fusion,
    *,
    leave_out_truth: bool,
    isomers: bool = True,
) -> Generator[Step, None, Answer]:
    """Return a model's answers joined with the votes of isomers and near formulas.

    Parameters
    ----------
    leave_out_truth : bool
        The true structure may not vote: what to expect of a compound that is in no list.
    isomers : bool
        Otherwise near formulas vote alone, and candidates do not vote for themselves.
    """
    assert answer.probability is not None
    probability = answer.probability.copy()
    for n, query in enumerate(queries):
        found = relatives(query.formula)
        if not isomers:
            found = found.without_isomers()
        exclude = {query.inchikey14} if leave_out_truth else set()
        probability[n] = fuse(answer.probability[n], found, fusion, exclude)
        if n % 20 == 0:
            yield Step(n, len(queries), title)
    return replace(answer, method=title, probability=probability)
