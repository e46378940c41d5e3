"""Indicators of a run in their own units: actual, target, gap and change."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from loopqa.cli.cards import measured, measured_gap
from loopqa.cli.output import say, table, tell
from loopqa.language import Text, text
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.run_report import RunReport
    from loopqa.model.change import IndicatorChange


def show_scores(report: RunReport) -> None:
    """Indicators that have a unit, with what they are compared with; periods; the composite.

    Nothing where all of it would only say again what the findings say.
    """
    shown, lines = [one for one in report.changes if one.unit], _periods(report)
    if shown:
        _show_changes(shown, report)
    for line in lines:
        tell(line)
    composite = report.scores["composite"] if report.scores else {}
    if (shown or lines) and composite.get("score") is not None:
        tell(
            text(
                "composite {score}, lowest dimension {minimum}",
                score=f"{composite['score']:.2f}",
                minimum=f"{composite['minimum']:.2f}",
            )
        )


def _show_changes(shown: list[IndicatorChange], report: RunReport) -> None:
    headings = [
        text("indicator"),
        text("actual"),
        text("target"),
        text("gap"),
        text("change"),
        text("moved"),
    ]
    times = Counter(one.indicator for one in shown)
    rows = [_row(one, _name(one, alone=times[one.indicator] == 1)) for one in shown]
    table(headings, rows, right=(1, 2, 3, 4), free=(0,))
    if report.before is not None:
        told = text(
            "change: since {window}; unclear: chance alone may do that", window=str(report.before)
        )
        say(told)


def _name(one: IndicatorChange, *, alone: bool) -> str:
    """An indicator by its id, or where several dimensions have one of that id, with its own."""
    return one.indicator if alone else f"{one.dimension}.{one.indicator}"


def _row(one: IndicatorChange, name: str) -> list[object]:
    return [
        name,
        measured(one.value, one.unit),
        "-" if one.target is None else measured(one.target, one.unit),
        measured_gap(one.gap, one.unit, beside=one.value),
        measured_gap(one.change.difference if one.change else None, one.unit, beside=one.value),
        _moved(one),
    ]


def _periods(report: RunReport) -> list[Text]:
    """Which dimensions were measured over another period, or are carried forward from one."""
    found: dict[tuple[bool, str | None], list[str]] = {}
    for one in (report.scores or {}).get("dimensions", ()):
        if one.get("carried") or one.get("measured"):
            found.setdefault((one["carried"], one["measured"]), []).append(one["id"])
    return [_period(", ".join(names), *key) for key, names in found.items()]


def _period(names: str, carried: bool, measured: str | None) -> Text:
    if measured is None:
        return text("{names}: not due, and not measured before", names=names)
    if carried:
        return text("{names}: carried forward from {window}", names=names, window=measured)
    return text(
        "{names}: measured over {window}; changes are since the measurement before",
        names=names,
        window=measured,
    )


def _moved(one: IndicatorChange) -> Text | str:
    if one.carried:
        return text("carried")
    moved = one.change.moved if one.change else None
    return word(moved) if moved is not None else "-"
