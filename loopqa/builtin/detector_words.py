"""What the built-in detectors say about the cells they found."""

from __future__ import annotations

from loopqa.calc.detection.cells import Cell
from loopqa.language import Text, text
from loopqa.model.cycle import FindingGrade


def below_text(grade: FindingGrade, cell: Cell, threshold: float, tested: int, min_n: int) -> Text:
    """Why a score below the threshold is a finding of this grade."""
    score, limit = apart(cell.value, threshold)
    n = cell.score.n
    if grade is FindingGrade.WATCH:
        return text(
            "score {score} is below {threshold}, but {n} answers are too few (below {min_n})",
            score=score,
            threshold=short(limit),
            n=n,
            min_n=min_n,
        )
    if grade is FindingGrade.CONFIRMED:
        return text(
            "score {score} is below {threshold} beyond chance (n = {n}, {cells} scores tested)",
            score=score,
            threshold=short(limit),
            n=n,
            cells=tested,
        )
    return text(
        "score {score} is below {threshold}, but chance could do that (n = {n})",
        score=score,
        threshold=short(limit),
        n=n,
    )


def share_text(grade: FindingGrade, found: float, limit: float, n: int) -> Text:
    """Why a share of low answers above the limit is a finding of this grade; shares 0..1."""
    share, allowed = apart(100 * found, 100 * limit, digits=0)
    if grade is FindingGrade.CONFIRMED:
        return text(
            "{share} % low answers are above {limit} % beyond chance (n = {n})",
            share=share,
            limit=short(allowed),
            n=n,
        )
    if grade is FindingGrade.WATCH:
        return text(
            "{share} % low answers are above {limit} %, but of few answers (n = {n})",
            share=share,
            limit=short(allowed),
            n=n,
        )
    return text(
        "{share} % low answers are above {limit} %, but chance could do that (n = {n})",
        share=share,
        limit=short(allowed),
        n=n,
    )


def drop_text(earlier: Cell, now: Cell) -> Text:
    """From where to where a score fell."""
    score, before = apart(now.value, earlier.value)
    return text(
        "score fell from {before} to {score} since the window before (n = {n_before} and {n})",
        before=before,
        score=score,
        n_before=earlier.score.n,
        n=now.score.n,
    )


def apart(value: float, limit: float, digits: int = 2) -> tuple[str, str]:
    """Both numbers with as many decimals as it takes to see which is larger, at most six.

    >>> apart(2.9966, 3), apart(2.5, 2.75)
    (('2.997', '3.000'), ('2.50', '2.75'))
    """
    while value != limit and f"{value:.{digits}f}" == f"{limit:.{digits}f}" and digits < 6:
        digits += 1
    return f"{value:.{digits}f}", f"{limit:.{digits}f}"


def short(number: str) -> str:
    """A number that somebody has set, as they would write it.

    >>> short("3.00"), short("3.80"), short("30")
    ('3', '3.8', '30')
    """
    return number.rstrip("0").rstrip(".") if "." in number else number
