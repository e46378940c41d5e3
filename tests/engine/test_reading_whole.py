"""What a source is asked for: a window where rows are cases, everything where others matter too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopqa.engine.reading import Feed, Wanted, read_feeds
from loopqa.model.collapse import Collapse, Made, Pick
from loopqa.model.rubric import RepeatMeasure
from loopqa.model.window import Window
from loopqa.plugin import ReadContext
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of

MAY = Window.parse("2026-05-01..2026-05-31")
ROW = {"tone": 3, "at": "2026-05-02", "customer": "A", "t": "2026-05-02", "id": "1"}


@dataclass
class Remembering:
    """A source that keeps what it was asked for."""

    asked: list[ReadContext] = field(default_factory=list)

    def read(self, context: ReadContext) -> Iterator[Any]:
        self.asked.append(context)
        return iter([[ROW]])

    def columns(self) -> Sequence[str]:
        return tuple(ROW)


def context_of(*indicators: Any, collapse: Collapse | None = None) -> ReadContext:
    source = Remembering()
    standard = rubric(dimension("service", *indicators))
    feed = Feed("log", source, None, collapse=collapse)  # type: ignore[arg-type]
    read_feeds([feed], standard, schemes_of(standard), Wanted(need_at=True), window=MAY)
    return source.asked[0]


def test_rows_that_are_cases_are_asked_for_by_window() -> None:
    assert context_of(indicator("tone")).window == MAY


def test_repeats_need_the_contacts_after_the_window_too() -> None:
    measure = RepeatMeasure("customer", "t", 48)
    back = indicator("back", measure=measure, score={"type": "share"}, weight=0)
    assert context_of(back).window is None


def test_events_need_those_outside_the_window_and_only_the_columns_that_are_used() -> None:
    collapse = Collapse("id", (Made("at", Pick.FIRST, "t"), Made("tone", Pick.LATEST, "tone")))
    context = context_of(indicator("tone"), collapse=collapse)
    assert context.window is None
    assert context.columns == {"id", "t", "tone"}
