"""Options and argument types that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.window import Window

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def states(kind: type[StrEnum], *groups: str) -> click.Choice[str]:
    """What ``--state`` takes: names of several states at once, or one of a lifecycle's own.

    They are plain texts, because a choice of an enumeration goes by the names of its members.
    """
    return click.Choice([*groups, *(state.value for state in kind)])


@contextmanager
def workspace() -> Iterator[Workspace]:
    """The workspace that the current folder lies in, closed at the end."""
    from loopqa.engine.workspace import Workspace

    with Workspace.open(Path.cwd()) as opened:
        yield opened


def workspace_of(path: Path) -> Path | None:
    """The folder of the workspace that a path lies in, or None: its plugins are known there."""
    from loopqa.define.workspace import find_root

    try:
        return find_root(path if path.is_dir() else path.parent)
    except UsageError:
        return None


class Day(click.ParamType[date]):
    """A calendar day, ``2026-11-22``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise UsageError(
                text("'{value}' is no day", value=value), hint=text("write it like 2026-11-22")
            ) from None


class Days(click.ParamType[Window]):
    """A window, ``2026-03-01..2026-03-31``."""

    name = "window"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Window:
        """Read the window."""
        if isinstance(value, Window):
            return value
        try:
            return Window.parse(value)
        except ValueError:
            raise UsageError(
                text("'{value}' is no window", value=value),
                hint=text("write a window like 2026-03-01..2026-03-31"),
            ) from None


class Number(click.ParamType[float]):
    """A number, ``0.25``."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise UsageError(
                text("'{value}' is no number", value=value), hint=text("write it like 0.25")
            )
        return number


class Ref(click.ParamType[int]):
    """An id as people type it: ``F-12``, ``f12`` or ``12``."""

    name = "id"

    def __init__(self, letter: str) -> None:
        self.letter = letter

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(rf"(?:{self.letter}-?)?(\d{{1,12}})", value.strip(), re.IGNORECASE)
        if match is None:
            raise UsageError(
                text("'{value}' is no id of this kind", value=value),
                hint=text("ids look like {letter}-12", letter=self.letter),
            )
        return int(match.group(1))


def pairs(values: tuple[str, ...], option: str) -> dict[str, list[str]]:
    """``COLUMN=VALUE`` texts as a mapping; a column given twice collects its values.

    Raises:
        UsageError: one has no "=".
    """
    chosen: dict[str, list[str]] = {}
    for value in values:
        column, equals, wanted = value.partition("=")
        if not equals or not column:
            raise UsageError(
                text("{option} '{value}' has no '='", option=option, value=value),
                hint=text("write it like {option} COLUMN=VALUE", option=option),
            )
        chosen.setdefault(column, []).append(wanted)
    return chosen
