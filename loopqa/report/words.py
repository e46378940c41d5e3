"""Texts that no catalogue holds: names with a form in both languages, lists, periods, numbers.

All of them are :class:`~loopqa.language.Text`, so content can mix them freely with sentences.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loopqa.language import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from loopqa.model.cycle import Scope
    from loopqa.model.rubric import Label
    from loopqa.model.window import Window

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
QUARTERS = "一二三四"
NOTHING = "—"


@dataclass(frozen=True)
class Named(Text):
    """A name that carries its own Chinese; ``template`` is the English one, taken literally."""

    zh: str = ""

    def render(self, language: str) -> str:
        """The name in ``language``."""
        return self.zh if language == "zh" else self.template


@dataclass(frozen=True)
class Joined(Text):
    """Several texts in a row, with the language's own list sign or a given one between them."""

    parts: tuple[Text, ...] = ()

    def render(self, language: str) -> str:
        """The parts in ``language``."""
        sign = self.template or ("、" if language == "zh" else ", ")
        whole = sign.join(part.render(language) for part in self.parts)
        # Full-width signs bring their own room.
        return re.sub("(?<=[。：；，]) ", "", whole) if sign == " " else whole


def named(label: Label) -> Text:
    """A label as text.

    >>> from loopqa.model.rubric import Label
    >>> named(Label("Attitude", "服务态度")).render("zh")
    '服务态度'
    """
    return Named(label.en, zh=label.zh)


def plain(words: object) -> Text:
    """Words, numbers or dates that are the same in every language, braces and all."""
    return Named(str(words), zh=str(words))


def joined(parts: Iterable[Text], sign: str = "") -> Text:
    """The parts as one text; without ``sign`` they are listed the way the language lists."""
    return Joined(sign, parts=tuple(parts))


def period(window: Window) -> Text:
    """A window for people: a whole month, quarter or year by its name, else its two days.

    >>> from loopqa.model.window import Window
    >>> period(Window.parse("2026-10-01..2026-12-31")).render("zh")
    '2026年第四季度'
    """
    start, end = window.start, window.end
    months = _whole_months(start, end)
    if months == 1:
        return Named(f"{MONTHS[start.month - 1]} {start.year}", zh=f"{start.year}年{start.month}月")
    if months == 3 and start.month % 3 == 1:
        quarter = start.month // 3 + 1
        return Named(f"Q{quarter} {start.year}", zh=f"{start.year}年第{QUARTERS[quarter - 1]}季度")
    if months == 12 and start.month == 1:
        return Named(f"{start.year}", zh=f"{start.year}年")
    if start == end:
        return plain(start)
    return text("{start} to {end}", start=str(start), end=str(end))


def _whole_months(start: date, end: date) -> int:
    """Number of calendar months from ``start`` to ``end``; 0 if they are not whole."""
    if start.day != 1 or end.day != monthrange(end.year, end.month)[1]:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month + 1


def short_periods(windows: Iterable[Window]) -> tuple[str, ...]:
    """Window names short enough for an axis, all of one kind: 2026, 2026-Q4, 2026-10 or a day."""
    spans = list(windows)
    months = {_whole_months(span.start, span.end) for span in spans}
    if months == {12} and all(span.start.month == 1 for span in spans):
        return tuple(str(span.start.year) for span in spans)
    if months == {3} and all(span.start.month % 3 == 1 for span in spans):
        return tuple(f"{span.start.year}-Q{span.start.month // 3 + 1}" for span in spans)
    if months == {1}:
        return tuple(f"{span.start:%Y-%m}" for span in spans)
    return tuple(str(span.start) for span in spans)


def scope_words(scope: Scope) -> Text:
    """The scope of a finding or an action for people."""
    if not scope:
        return text("all cases")
    return plain("; ".join(f"{column} = {' / '.join(values)}" for column, values in scope))
