"""``init --from``: read somebody's file, take its columns for something, write a workspace."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.calc.loop.last_window import last_window
from loopqa.calc.starting.deciding import decide
from loopqa.calc.starting.guess import Choices, Guess
from loopqa.calc.starting.names import as_id
from loopqa.calc.starting.periods import Rhythm, rhythm_of
from loopqa.calc.starting.rating_columns import rating_scale
from loopqa.define.settings import SETTINGS_FILE
from loopqa.engine.starting.opening import Opened, open_data
from loopqa.engine.starting.profile import profile
from loopqa.engine.starting.rubric_text import rubric_text
from loopqa.engine.starting.workflow_text import Origin, settings_text, workflow_text
from loopqa.errors import DataError, Place, RunFailed, UsageError
from loopqa.hints import near_or_all
from loopqa.language import text
from loopqa.model.workflow import Period
from loopqa.plugin.source import unheard

if TYPE_CHECKING:
    from loopqa.calc.starting.columns import Table
    from loopqa.engine.reading import Progress
    from loopqa.model.window import Window
    from loopqa.plugin import PluginHost

_YEAR = re.compile(r"(?<!\d)(19[89]\d|20\d\d)(?:[-_.]?(0[1-9]|1[0-2]))?(?!\d)")

Asked = Callable[["Table", Guess, Choices], Choices]
"""Shows a guess to a person; adds what they choose to what was said before."""


@dataclass(frozen=True)
class Started:
    """What was written, and why."""

    opened: Opened
    guess: Guess
    origin: Origin
    name: str  #: of workflow and rubric
    files: tuple[Path, ...]

    @property
    def last(self) -> Window | None:
        """The last complete window with cases."""
        return self.origin.rhythm.last


def refuse_taken(folder: Path) -> None:
    """Nothing is written where a workspace is already.

    Raises:
        UsageError: the folder holds one, or is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(text("'{path}' is a file, not a folder", path=str(folder)))
    for name in (SETTINGS_FILE, "rubrics", "workflows"):
        if (folder / name).exists():
            raise UsageError(
                text("{path} exists already; nothing was written", path=str(folder / name)),
                hint=text("choose another folder: loopqa init FOLDER --from FILE"),
            )


def start_from(
    folder: Path,
    data: Path,
    host: PluginHost,
    *,
    today: date,
    sheet: str | None = None,
    choices: Choices = Choices(),  # noqa: B008 - frozen
    ask: Asked | None = None,
    progress: Progress = unheard,
) -> Started:
    """Write a rubric, a workflow and settings for a data file into ``folder``.

    Args:
        today: the current day; windows that are not over by then can't be evaluated.
        ask: asked once about the first guess; None: nobody is there.

    Raises:
        UsageError: there is a workspace already, or the file is of an unknown kind.
        DataError: the file can't be read, or nothing in it can be scored, or its dates can be read
            in two ways.
        RunFailed: the folder can't be written.
    """
    refuse_taken(folder)
    opened = open_data(data, host, sheet)
    table = profile(opened, progress)
    _refuse_no_ratings(table, choices)
    guess = decide(table, choices)
    if ask is not None:
        choices = ask(table, guess, choices)
        _refuse_no_ratings(table, choices)
        guess = decide(table, choices)
    _refuse_doubts(opened, table, guess)
    origin = _origin(folder, opened, guess, today)
    name = as_id(data.name.partition(".")[0])
    texts = {
        Path("rubrics") / f"{name}.yaml": rubric_text(guess, name, data.name),
        Path("workflows") / f"{name}.yaml": workflow_text(guess, name, origin),
        Path(SETTINGS_FILE): settings_text(),
    }
    return Started(opened, guess, origin, name, _written(folder, texts))


def _refuse_no_ratings(table: Table, choices: Choices) -> None:
    """Columns that a person calls ratings must be there, and hold some."""
    known = {one.name: one for one in table.columns}
    for name in choices.ratings or ():
        if name not in known:
            raise UsageError(
                text("there is no column '{name}'", name=name), hint=near_or_all(name, known)
            )
        if rating_scale(known[name]) is None:
            some = ", ".join(list(known[name].answers)[:5])
            raise UsageError(
                text("column '{name}' holds no ratings, but {some}", name=name, some=some),
                hint=text("ratings are whole numbers, such as 1-5 or 0-10, or words for them"),
            )


def _refuse_doubts(opened: Opened, table: Table, guess: Guess) -> None:
    if guess.ambiguous is not None:
        column, doubt = guess.ambiguous
        raise DataError(
            text(
                "'{value}' may be {day_first} or {month_first}",
                value=doubt.value,
                day_first=doubt.day_first,
                month_first=doubt.month_first,
            ),
            place=Place(opened.path.name, column=column),
            hint=text(
                'say which: --dates "{first}" (day first) or --dates "{second}" (month first)',
                first=doubt.forms[0],
                second=doubt.forms[1],
            ),
        )
    if not guess.scores and not guess.told and table.twice:
        raise DataError(
            text(
                "no column of this file can be scored; several columns are called {names}",
                names=", ".join(table.twice),
            ),
            place=Place(opened.path.name),
            hint=text("give each column a name of its own"),
        )
    if not guess.scores and not guess.told:
        raise DataError(
            text("no column of this file can be scored"),
            place=Place(opened.path.name),
            hint=text(
                "it takes ratings (1-5, 0-10, or words such as satisfied), yes-or-no answers "
                "about quality, or times from opened to answered; name rating columns with "
                "--rating COLUMN"
            ),
        )


def _origin(folder: Path, opened: Opened, guess: Guess, today: date) -> Origin:
    ended = today - timedelta(days=1 + guess.settle_days)
    path = _named(folder, opened.path)
    if guess.days is not None and guess.days.counts:
        rhythm = rhythm_of(guess.days.counts, ended)
        return Origin(opened.type, path, opened.options, rhythm)
    day, unit = _day_of(opened.path, ended)
    last = last_window({day: guess.rows}, Period(unit), ended, 1)
    rhythm = Rhythm(unit, last, guess.rows)
    return Origin(opened.type, path, opened.options, rhythm, day)


def _day_of(path: Path, ended: date) -> tuple[date, str]:
    """The day of a file without dates: by its name, or when it was last changed."""
    found = _YEAR.search(path.stem)
    if found is not None:
        year, month = int(found[1]), int(found[2] or 12)
        last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        if last <= ended:
            return last, "month" if found[2] else "year"
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return min(changed, ended), "day"


def _named(folder: Path, data: Path) -> str:
    """The path of the data as the workflow names it: relative inside the workspace."""
    root, path = folder.resolve(), data.resolve()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _written(folder: Path, texts: dict[Path, str]) -> tuple[Path, ...]:
    """All files or none: they are written beside their places, then moved there."""
    made = not folder.exists()
    moved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".loopqa-init-", dir=folder) as draft:
            for name, words in texts.items():
                (Path(draft) / name).parent.mkdir(exist_ok=True)
                (Path(draft) / name).write_text(words, encoding="utf-8")
            for entry in sorted(Path(draft).iterdir(), key=lambda one: one.is_file()):
                moved.append(entry.rename(folder / entry.name))
    except OSError as error:
        for half in [folder] if made else moved:
            shutil.rmtree(half, ignore_errors=True)
        raise RunFailed(
            text("the file can't be written: {reason}", reason=error.strerror or str(error)),
            place=Place(str(folder)),
            hint=text("choose a folder that you may write to: loopqa init FOLDER"),
        ) from error
    return tuple(folder / name for name in texts)
