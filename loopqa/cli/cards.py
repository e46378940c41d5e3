"""Scores as tables: dimensions in points of the rubric's scale, indicators in their own units."""

from __future__ import annotations

from collections.abc import Sequence

from loopqa.cli.output import table, tell
from loopqa.language import Text, text
from loopqa.model.rubric import Condition, Rubric
from loopqa.model.score import DimensionScore, Grade, IndicatorScore, ScoreCard


def show_card(card: ScoreCard, rubric: Rubric) -> None:
    """A score card as tables: dimensions with the composite last, then what is below them."""
    _show_dimensions(card)
    for one in card.dimensions:
        if one.effective_n is not None:
            tell(_drawn_by_strata(one, one.effective_n))
    below = [one for one in card.dimensions if _says_more(one)]
    if below:
        tell()
        _show_indicators(below, rubric)


def _drawn_by_strata(dimension: DimensionScore, effective: float) -> Text:
    return text(
        "{dimension}: {n} cases drawn by strata, as good as {effective} drawn alike (Kish)",
        dimension=dimension.id,
        n=dimension.n,
        effective=f"{effective:.0f}",
    )


def _says_more(dimension: DimensionScore) -> bool:
    """Whether the indicators of a dimension are more than the dimension itself once again."""
    first, *others = dimension.indicators
    return bool(others or first.unit or first.target is not None)


def _show_dimensions(card: ScoreCard) -> None:
    headings = [
        text("dimension"),
        text("n"),
        text("score"),
        text("interval"),
        text("top"),
        text("bottom"),
        text("target"),
        text("gap"),
        text("grade"),
    ]
    rows = [_row(dimension) for dimension in card.dimensions]
    rows.append(
        [
            text("composite"),
            card.composite.n,
            card.composite.score,
            text("lowest {minimum}", minimum=_plain(card.composite.minimum)),
            *[""] * 5,
        ]
    )
    table(headings, rows, right=(1, 2, 3, 4, 5, 6, 7), free=(0, 8))


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _row(dimension: DimensionScore) -> list[object]:
    interval = dimension.interval if _is_the_mean(dimension) else None
    return [
        dimension.id,
        dimension.n,
        dimension.score,
        f"{interval[0]:.2f} .. {interval[1]:.2f}" if interval else "-",
        _share(dimension.top_share),
        _share(dimension.bottom_share),
        "-" if dimension.target is None else f"{dimension.target:g}",
        "-" if dimension.gap is None else f"{dimension.gap:+z.2f}",
        _grade(dimension.grade),
    ]


def _is_the_mean(dimension: DimensionScore) -> bool:
    """Whether the score is the mean of the cases, as the interval is; a banded share is not."""
    if dimension.score is None or dimension.mean is None:
        return False
    return abs(dimension.score - dimension.mean) < 0.005


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _grade(grade: Grade) -> Text | str:
    words: dict[Grade, Text | str] = {
        Grade.MET: text("met"),
        Grade.MISSED: text("missed"),
        Grade.NOT_SHOWN: text("unclear"),
        Grade.NONE: "-",
    }
    return words[grade]


def _show_indicators(dimensions: Sequence[DimensionScore], rubric: Rubric) -> None:
    headings = [
        text("indicator"),
        text("actual"),
        text("target"),
        text("gap"),
        text("n"),
        text("score"),
        text("grade"),
    ]
    targets = {
        (dimension.id, indicator.id): indicator.target
        for dimension in rubric.dimensions
        for indicator in dimension.indicators
    }
    rows: list[list[object]] = []
    for dimension in dimensions:
        rows.append([dimension.id, *[""] * 6])
        rows += [_indicator_row(one, targets[dimension.id, one.id]) for one in dimension.indicators]
    table(headings, rows, right=(1, 2, 3, 4, 5), free=(0,))


def _indicator_row(indicator: IndicatorScore, target: Condition | None) -> list[object]:
    unit = indicator.unit
    return [
        f"  {indicator.id}",
        measured(indicator.value, unit),
        "-" if target is None else _with_unit(str(target), unit),
        measured_gap(indicator.gap, unit, beside=indicator.value),
        indicator.n,
        indicator.score,
        _grade(indicator.grade),
    ]


def measured(value: float | None, unit: str) -> str:
    """A value with its unit; one decimal from 10 on, two below."""
    return "-" if value is None else _with_unit(f"{value:z.{_digits(value, unit)}f}", unit)


def measured_gap(value: float | None, unit: str, *, beside: float | None = None) -> str:
    """A difference with its sign, as exact as the value it stands ``beside``."""
    if value is None:
        return "-"
    digits = _digits(value if beside is None else beside, unit)
    return _with_unit(f"{value:+z.{digits}f}", "pp" if unit == "%" else unit)


def _digits(value: float, unit: str) -> int:
    return 1 if unit and abs(value) >= 10 else 2


def _with_unit(figure: str, unit: str) -> str:
    # Written short, so that the table fits a terminal of 80 columns.
    return f"{figure} {text('pt') if unit == 'points' else unit}".rstrip()
