"""``loopqa demo``: the whole loop in simulated time, on real data or beside a known truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loopqa.cli.output import say, table, tell
from loopqa.cli.verdict import GLYPHS, change_text, interval_text
from loopqa.language import Text, current_language, text
from loopqa.model.cycle import action_ref
from loopqa.model.words import word

if TYPE_CHECKING:
    from loopqa.engine.demo.after_sales import Lesson, Told

STORIES = ("airport", "after-sales")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
@click.option(
    "--story",
    type=click.Choice(STORIES),
    default="airport",
    show_default=True,
    help="Real ratings, or generated ones with a known truth.",
)
def command(folder: Path, story: str) -> None:
    """See the whole loop in an empty FOLDER (default: here).

    `airport`: San Francisco Airport's surveys, real ratings. `after-sales`: generated data of an
    after-sales service, where one action helps and one does nothing.
    """
    if story == "airport":
        _airport(folder)
    else:
        _after_sales(folder)


def _airport(folder: Path) -> None:
    from loopqa.engine.demo.airport import airport

    say(text("San Francisco Airport customer surveys 2014-2017 (DataSF, public domain);"))
    say(text("the ratings are real, the actions are made up, the calendar is simulated"))
    say()
    for step in airport(folder):
        tell(f"{step.day}  {step.line}")
    say()
    _what_next(folder)


def _what_next(folder: Path) -> None:
    where = "" if folder == Path() else f"cd {folder}; "
    say(text("try next: {command}", command=f"{where}loopqa status"))
    say(text("          loopqa finding list · loopqa verdict show V-1 · loopqa audit verify"))
    say(text("your own data: loopqa init --template survey FOLDER"))


def _after_sales(folder: Path) -> None:
    from loopqa.engine.demo.after_sales import Told, after_sales

    say(text("an after-sales service; GENERATED data, so that the truth is known:"))
    say(text("one action helps, one is a placebo; the calendar is simulated"))
    say()
    for step in after_sales(folder):
        if isinstance(step, Told):
            _ending(folder, step)
        else:
            tell(f"{step.day}  {step.line}")


def _ending(folder: Path, told: Told) -> None:
    tell()
    headings = [
        text("action"),
        text("dimension"),
        text("known truth"),
        text("before/after"),
        text("p"),
        text("naive"),
        text("estimate"),
        text("interval"),
        text("LoopQA"),
    ]
    table(headings, [_row(one) for one in told.lessons], right=(2, 3, 4, 6))
    tell()
    tell(_naively(told.lessons))
    tell(text("June was a bad month for everybody: what came back by itself is nobody's success"))
    say()
    _what_next(folder)
    say()
    for path in told.reports:
        if path.suffixes[-2:-1] == [f".{current_language()}"]:
            tell(text("report {path}", path=str(path)))


def _row(lesson: Lesson) -> list[object]:
    judged = lesson.verdict.judgement
    return [
        action_ref(lesson.verdict.action),
        judged.dimension,
        f"{lesson.truth:+.2f}" if lesson.truth else "0",
        f"{lesson.naive.difference:+.2f}",
        _p(lesson.naive.p),
        word(lesson.naive.says),
        change_text(judged.estimate, judged.change_unit),
        interval_text(judged.interval, judged.change_unit),
        f"{word(judged.outcome)} {GLYPHS[judged.outcome]}",
    ]


def _naively(lessons: Sequence[Lesson]) -> Text:
    said = ", ".join(f"{one.naive.difference:+.2f} (p {_p(one.naive.p)})" for one in lessons)
    if all(one.naive.says is lessons[0].naive.says for one in lessons):
        outcome = word(lessons[0].naive.says)
        return text(
            "a naive comparison would have called both {outcome}: {said}",
            outcome=outcome,
            said=said,
        )
    return text("a naive comparison would have said: {said}", said=said)


def _p(p: float) -> str:
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0")
