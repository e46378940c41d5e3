"""How the command line speaks: results on stdout, talk on stderr, tables only where asked for."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import click

from loopqa.errors import LoopQAError
from loopqa.language import Text, text

Progress = Callable[[str, int, int | None], None]

FOLDED = 14  #: columns; a cell is folded no narrower than this
UNFOLDED = 1000  #: columns; wide enough for any row


#: What a terminal obeys instead of showing it: control characters, and those that turn text round.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


_stamp: ContextVar[Callable[[], str] | None] = ContextVar("loopqa_stamp", default=None)


@contextmanager
def stamped(moment: Callable[[], str]) -> Iterator[None]:
    """Inside the block every problem and every remark is one line that begins with its moment."""
    token = _stamp.set(moment)
    try:
        yield
    finally:
        _stamp.reset(token)


def _line(said: str) -> str:
    """What is said, behind its moment where lines are stamped."""
    moment = _stamp.get()
    if moment is None:
        return said
    return f"{moment()} {' · '.join(part.strip() for part in said.splitlines() if part.strip())}"


def plain(said: Text | str) -> str:
    """A line with what stands in data made visible; no file may steer the reader's terminal."""
    return _OBEYED.sub(lambda found: f"\\x{ord(found[0]):02x}", str(said))


def say(line: Text | str = "") -> None:
    """Talk to the person: one line on stderr."""
    click.echo(_line(plain(line)), err=True)


def tell(line: Text | str = "") -> None:
    """Part of the result: one line on stdout."""
    click.echo(_line(plain(line)))


def tell_json(document: Any) -> None:
    """The result as one JSON document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def complain(error: LoopQAError) -> None:
    """Every problem of an error on stderr, with its place and what to do."""
    for problem in error.problems:
        label = click.style(str(text("error:")), fg="red", bold=True)
        click.echo(
            _line(str(text("{label} {problem}", label=label, problem=plain(str(problem))))),
            err=True,
            color=None if _may_colour(sys.stderr) else False,
        )


def _may_colour(stream: Any) -> bool:
    import os

    return bool(stream.isatty()) and "NO_COLOR" not in os.environ


def table(
    headings: Sequence[Text],
    rows: Sequence[Sequence[Any]],
    *,
    right: Sequence[int] = (),
    free: Sequence[int] = (),
) -> None:
    """A table on stdout.

    Columns in ``right`` are set flush right. Only those in ``free`` may be folded where the
    terminal is narrow: ids, numbers and windows stay whole, so that they can be typed back.
    """
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        widest = _widest(heading, rows, number)
        shown.add_column(
            str(heading),
            justify="right" if number in right else "left",
            overflow="fold",
            no_wrap=number not in free,
            min_width=min(widest, FOLDED) if number in free else widest,
        )
    for row in rows:
        shown.add_row(*(_cell(value) for value in row))
    for line in _drawn(shown).splitlines():
        click.echo(line.rstrip())


def _drawn(shown: Any) -> str:
    from rich.console import Console

    terminal = sys.stdout.isatty()
    colour = _may_colour(sys.stdout)
    console = Console(
        highlight=False,
        no_color=not colour,
        force_terminal=None if colour else False,
        markup=False,
        emoji=False,
    )
    width = console.width
    console.width = UNFOLDED  # piped output has no width: nothing may be folded there
    if terminal:
        # Where the terminal is too narrow, lines run over rather than lose their ends.
        console.width = max(width, sum(one.min_width + 2 for one in shown.columns) - 2)
    with console.capture() as captured:
        console.print(shown)
    return captured.get()


def _widest(heading: Text, rows: Sequence[Sequence[Any]], number: int) -> int:
    from rich.cells import cell_len

    return max(cell_len(one) for one in (str(heading), *(_cell(row[number]) for row in rows)))


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return plain(str(value)).replace("\n", " ")


def tail(shown: int, total: int, more: str) -> None:
    """The last line of a list: how many there are, and how to see the others."""
    say(text("{shown} of {total} · {more}", shown=shown, total=total, more=more))


@contextmanager
def progress() -> Iterator[Progress | None]:
    """A progress bar on stderr while reading takes long; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[shown]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def watch(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total, shown="")
            shown = f"{done / total:.0%}" if total else str(text("{n} rows", n=f"{done:,}"))
            bar.update(tasks[stage], completed=done, total=total, shown=shown)

        yield watch
