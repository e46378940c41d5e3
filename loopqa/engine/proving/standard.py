"""Cycles of the standard worlds: who is asked, and what is put before those who judge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from loopqa.define.library import rubric_path
from loopqa.define.rubric import load_rubric
from loopqa.engine.proving.effects import an_effect, an_evidence, one_of
from loopqa.engine.proving.evidence import Design, Evidence, Ground, Make, Setting
from loopqa.engine.proving.grounds import SHAKEN
from loopqa.engine.proving.months import first_day, month_window
from loopqa.engine.proving.practices import Answers, arms
from loopqa.engine.proving.worlds import AGENTS, TEAMS, Drift, Kind, Picked, Survey, World
from loopqa.model.rubric import Rubric
from loopqa.model.verdict import Asked
from loopqa.plugin.host import builtin_host

COLUMNS = ("attitude", "speed", "expertise", "solving", "experience")
LOW_AT_MOST = 2


def standard_cycle(random: np.random.Generator) -> Evidence:
    """Draw a situation and live through it."""
    effect = an_effect(random)
    kind = Kind(one_of(random, list(Drift)), effect.size, one_of(random, list(Picked)))
    comparison, history = an_evidence(random)
    design = Design(one_of(random, list(Asked)), comparison, history)
    return gathered(World(random, kind), design, effect.name)


def gathered(world: World, design: Design, effect: str) -> Evidence:
    """Ask whom the design asks."""
    assert world.cell is not None
    channel, dimension = world.cell
    before, after = world.baseline, _followed(world, design.asked)
    history = world.history() if design.history else []
    asked = {
        "rubric": survey_rubric(),
        "data": table_of((*history, before, after)),
        "at": "month",
        "before": month_window(before.month),
        "after": month_window(after.month),
        "history": [month_window(survey.month) for survey in history] or None,
        "scope": {"channel": f"C{channel}"},
        "comparison": design.comparison,
        "asked": design.asked,
        "low_at_most": LOW_AT_MOST,
        "flagged": world.kind.picked,
        "customer": None if design.asked is Asked.RANDOM else "customer",
        "cluster": "team",
        "dimensions": COLUMNS[dimension],
    }
    setting = Setting(
        Make.STANDARD,
        design,
        world.kind.drift,
        effect,
        {COLUMNS[dimension]: world.kind.effect},
        standing := _ground(world.kind.drift, design),
        SHAKEN if standing is Ground.UNIDENTIFIED else "",
    )
    paired = design.asked is not Asked.RANDOM
    seen = arms(_answers(before, world.cell), _answers(after, world.cell), paired=paired)
    return Evidence(setting, asked, {COLUMNS[dimension]: seen})


def _followed(world: World, asked: Asked) -> Survey:
    match asked:
        case Asked.RANDOM:
            return world.fresh()
        case Asked.SAME:
            return world.again()
        case Asked.LOW:
            return world.again(LOW_AT_MOST)


def _ground(drift: Drift, design: Design) -> Ground:
    """A shock to one channel alone can be told from an action only where a history shows how
    large such shocks are."""
    if not (design.comparison or design.history):
        return Ground.UNDECIDABLE
    shaken_unseen = drift is Drift.SHOCK and not design.history
    return Ground.UNIDENTIFIED if shaken_unseen else Ground.IDENTIFIED


def _answers(survey: Survey, cell: tuple[int, int]) -> Answers:
    channel, dimension = cell
    side = np.where(survey.by.channel == channel, 1, -1)
    return Answers(survey.by.number, side, survey.ratings[:, dimension].astype(float))


@cache
def survey_rubric() -> Rubric:
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
