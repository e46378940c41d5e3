"""``loopqa init --from DATA``: what each column is taken for, asked where somebody sits."""

from __future__ import annotations

import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.cli.output import progress, say, table, tell
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.calc.starting.columns import Table
    from loopqa.calc.starting.guess import Guess
    from loopqa.engine.starting.start import Started

SHOWN = 8  #: names of columns that are left out, per reason


def from_data(
    folder: Path,
    data: Path,
    sheet: str | None,
    ratings: tuple[str, ...],
    dates: str | None,
    *,
    ask: bool,
) -> None:
    """Start a workspace in ``folder`` from a data file, and say what was made of it."""
    from loopqa.calc.starting.guess import Choices
    from loopqa.cli.asking import ask_choices, ask_sheet
    from loopqa.engine.clock import clock_of_environment
    from loopqa.engine.starting.start import refuse_taken, start_from
    from loopqa.plugin import PluginHost
    from loopqa.plugin.source import unheard

    host = PluginHost()
    refuse_taken(folder)
    asked = ask and sys.stdin.isatty() and sys.stderr.isatty()
    if asked and sheet is None:
        sheet = ask_sheet(data, host)
    shown: list[Guess] = []

    def talk(table: Table, guess: Guess, said: Choices) -> Choices:
        tell_guess(guess)
        shown.append(guess)
        return ask_choices(table, guess, said)

    with nullcontext() if asked else progress() as watch:
        started = start_from(
            folder,
            data,
            host,
            today=clock_of_environment().today("UTC"),
            sheet=sheet,
            choices=Choices(ratings=ratings or None, dates=dates),
            ask=talk if asked else None,
            progress=watch or unheard,
        )
    _tell(started, folder, again=started.guess not in shown)


def _tell(started: Started, folder: Path, *, again: bool) -> None:
    opened = started.opened
    if opened.sheets and opened.sheet:
        others = ", ".join(one for one in opened.sheets if one != opened.sheet)
        tell(
            text(
                "sheet '{sheet}' of several; not read: {others}", sheet=opened.sheet, others=others
            )
        )
    if "encoding" in opened.options:
        tell(text("the text is not UTF-8: read as Western European (windows-1252)"))
    if opened.header_row > 1:
        tell(text("the column names stand in row {row}", row=opened.header_row))
    if again:
        tell_guess(started.guess)
    _tell_days(started)
    if started.guess.spans or any(one.wait for one in started.guess.measured):
        file = str(started.files[0])
        tell(
            text(
                "the bands that times fall in are only to begin with; correct them in {file}",
                file=file,
            )
        )
    tell()
    for path in started.files:
        tell(str(path))
    where = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    say(text("next: {command}", command=f"{where}loopqa run"))


def tell_guess(guess: Guess) -> None:
    """What each column is taken for, and which are left out."""
    from loopqa.calc.starting.guess import WORDS

    rows = [[one.column, WORDS[one.role], one.why] for one in guess.taken]
    table([text("column"), text("taken for"), text("why")], rows, free=(0, 2))
    for one in guess.left_out:
        tell(
            text(
                "not used ({n}), {why}: {names}",
                n=len(one.columns),
                why=one.why,
                names=_some(one.columns),
            )
        )


def _some(names: tuple[str, ...]) -> str:
    more = ", ..." if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _tell_days(started: Started) -> None:
    from loopqa.engine.starting.workflow_text import unit_word

    origin = started.origin
    unit: Text = unit_word(origin.rhythm.unit)
    if origin.day is not None:
        tell(
            text(
                "no column holds dates: all rows count for {day}; correct `day` in the workflow",
                day=origin.day.isoformat(),
            )
        )
    if started.last is None:
        tell(text("no {unit} of these data is over yet: there is nothing to run today", unit=unit))
    else:
        tell(
            text(
                "evaluated by the {unit}; the last one with enough cases is {window}",
                unit=unit,
                window=str(started.last),
            )
        )
