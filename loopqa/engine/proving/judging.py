"""A simulated world put before LoopQA: its answers as one table, judged by ``compare``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from loopqa.define.library import rubric_path
from loopqa.define.rubric import load_rubric
from loopqa.engine.evaluate import compare
from loopqa.engine.proving.worlds import AGENTS, TEAMS, Survey, World
from loopqa.model.rubric import Rubric
from loopqa.model.verdict import Asked, Judgement, design_text
from loopqa.model.window import Window
from loopqa.plugin.host import builtin_host

COLUMNS = ("attitude", "speed", "expertise", "solving", "experience")
BASELINE = date(2026, 4, 1)  #: first day of the baseline's month
LOW_AT_MOST = 2


@dataclass(frozen=True)
class Design:
    """How a follow-up is set up."""

    asked: Asked
    comparison: bool
    history: bool

    @property
    def name(self) -> str:
        """In short, as verdicts call it."""
        return design_text(self.asked.value, comparison=self.comparison, history=self.history)


@dataclass(frozen=True)
class Evidence:
    """What a design gets to see of a world."""

    design: Design
    before: Survey
    after: Survey
    history: Sequence[Survey]
    cell: tuple[int, int]  #: channel and dimension that were acted on


def gathered(world: World, design: Design) -> Evidence:
    """Ask whom the design asks."""
    assert world.cell is not None
    history = world.history() if design.history else ()
    return Evidence(design, world.baseline, _followed(world, design.asked), history, world.cell)


def _followed(world: World, asked: Asked) -> Survey:
    match asked:
        case Asked.RANDOM:
            return world.fresh()
        case Asked.SAME:
            return world.again()
        case Asked.LOW:
            return world.again(LOW_AT_MOST)


def judged(evidence: Evidence, picked: str) -> Judgement:
    """LoopQA's verdict on the dimension that was acted on.

    ``picked`` says how the cell was picked, as ``compare(flagged=...)`` takes it.
    """
    channel, dimension = evidence.cell
    surveys = (*evidence.history, evidence.before, evidence.after)
    result = compare(
        rubric(),
        table_of(surveys),
        at="month",
        before=window(evidence.before.month),
        after=window(evidence.after.month),
        history=[window(survey.month) for survey in evidence.history] or None,
        scope={"channel": f"C{channel}"},
        comparison=evidence.design.comparison,
        asked=evidence.design.asked,
        low_at_most=LOW_AT_MOST,
        flagged=picked,
        customer="customer",
        cluster="team",
        dimensions=COLUMNS[dimension],
    )
    return result.verdicts[0]


@cache
def rubric() -> Rubric:
    """The shipped rubric of five ratings, read once."""
    return load_rubric(rubric_path("survey"), builtin_host())


def table_of(surveys: Sequence[Survey]) -> Any:
    """The answers of several surveys as an Arrow table, a row a customer and survey."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, as in loopqa.engine.feeds

    agent = np.concatenate([survey.by.agent for survey in surveys])
    ratings = np.concatenate([survey.ratings for survey in surveys])
    sizes = [len(survey.by.agent) for survey in surveys]
    days = pa.array([first_day(survey.month) for survey in surveys])
    columns = {
        "month": days.take(pa.array(np.repeat(np.arange(len(surveys)), sizes))),
        "customer": np.concatenate([survey.by.number for survey in surveys]),
        "channel": pa.array([f"C{one // (TEAMS * AGENTS)}" for one in agent]),
        "team": pa.array([f"T{one // AGENTS}" for one in agent]),
    }
    return pa.table(columns | {name: ratings[:, at] for at, name in enumerate(COLUMNS)})


def first_day(month: int) -> date:
    """First day of a month counted from the baseline's."""
    years, of_year = divmod(BASELINE.month - 1 + month, 12)
    return date(BASELINE.year + years, of_year + 1, 1)


def window(month: int) -> Window:
    """The whole month."""
    return Window(first_day(month), first_day(month + 1) - timedelta(days=1))
