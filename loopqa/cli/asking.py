"""What ``loopqa init --from`` asks on a terminal; Enter takes the guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.output import say
from loopqa.hints import nearest
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.calc.starting.columns import Table
    from loopqa.calc.starting.guess import Choices, Guess
    from loopqa.plugin import PluginHost


def ask_sheet(data: Path, host: PluginHost) -> str | None:
    """Which sheet of a workbook; None where there is no choice."""
    from loopqa.engine.starting.opening import open_data

    opened = open_data(data, host)
    if not opened.sheets:
        return None
    say(text("this workbook has the sheets {names}", names=", ".join(opened.sheets)))
    return _one(text("which one?"), opened.sheets, opened.sheet or opened.sheets[0])


def ask_choices(table: Table, guess: Guess, choices: Choices) -> Choices:
    """Ratings, the date, the customer and the segments, beside what was said already."""
    from loopqa.calc.starting.guess import As

    names = [one.name for one in table.columns]
    say()
    say(text("Enter takes the guess; several columns are parted by commas, - means none"))
    ratings = tuple(one.column for one in guess.ratings)
    if guess.events is None:
        chosen = _several(text("which columns are ratings?"), names, ratings)
        choices = choices if chosen == ratings else replace(choices, ratings=chosen)
        choices = _ask_date(names, guess, choices)
    customer = guess.column(As.CUSTOMER) or "-"
    chosen_customer = _one(text("which column is the customer?"), [*names, "-"], customer)
    if chosen_customer != customer:
        choices = replace(choices, customer="" if chosen_customer == "-" else chosen_customer)
    segments = guess.segments
    wanted = _several(text("scores for each value of which columns?"), names, segments)
    return choices if wanted == segments else replace(choices, segments=wanted)


def _ask_date(names: Sequence[str], guess: Guess, choices: Choices) -> Choices:
    if guess.ambiguous is not None:
        column, doubt = guess.ambiguous
        say(
            text(
                "{column}: '{value}' may be {day_first} or {month_first}",
                column=column,
                value=doubt.value,
                day_first=doubt.day_first,
                month_first=doubt.month_first,
            )
        )
        form = _one(text("how are dates written?"), doubt.forms, doubt.forms[0])
        return replace(choices, dates=form)
    known = guess.days.column if guess.days is not None else "-"
    date = _one(text("which column is the date?"), [*names, "-"], known)
    return choices if date == known else replace(choices, date_column="" if date == "-" else date)


def _one(question: Text, known: Sequence[str], usual: str) -> str:
    while True:
        answer = _answer(question, usual)
        if answer in known:
            return answer
        _say_unknown(answer, known)


def _several(question: Text, known: Sequence[str], usual: tuple[str, ...]) -> tuple[str, ...]:
    while True:
        answer = _answer(question, ", ".join(usual) or "-")
        if answer == "-":
            return ()
        if answer == ", ".join(usual):
            return usual
        wanted = tuple(one.strip() for one in answer.replace("，", ",").split(",") if one.strip())
        unknown = [one for one in wanted if one not in known]
        if not unknown:
            return wanted
        _say_unknown(unknown[0], known)


def _answer(question: Text, usual: str) -> str:
    return str(click.prompt(str(question), default=usual, err=True)).strip()


def _say_unknown(answer: str, known: Sequence[str]) -> None:
    near = nearest(answer, known)
    if near is not None:
        say(text("there is no '{name}'; did you mean '{near}'?", name=answer, near=near))
    else:
        say(text("there is no '{name}'", name=answer))
