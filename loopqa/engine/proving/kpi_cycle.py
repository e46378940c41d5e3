"""Cycles of the worlds of tickets: one KPI of one channel is acted on, and judged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from loopqa.define.rubric import load_rubric
from loopqa.engine.proving.drifts import Moves, drawn_drift
from loopqa.engine.proving.effects import Effect, an_effect, an_evidence, one_of
from loopqa.engine.proving.evidence import Design, Evidence, Ground, Make, Setting
from loopqa.engine.proving.grounds import SHAKEN
from loopqa.engine.proving.months import first_day, month_window
from loopqa.engine.proving.organisation import drawn_layout
from loopqa.engine.proving.practices import Answers, Arm, Array, arms
from loopqa.engine.proving.tables import named
from loopqa.engine.proving.tickets import MEASURES, Month, TicketWorld
from loopqa.model.rubric import Rubric
from loopqa.model.verdict import Asked, Flagged
from loopqa.plugin.host import builtin_host

DIMENSIONS = ("handling", "solving", "recommending")  #: of the rubric, one a measure
HISTORY = 8  #: months
LAG = 3
_DRIFTS = (Moves.CALM, Moves.SEASON, Moves.TREND, Moves.SHOCKS)


def kpi_cycle(random: np.random.Generator) -> Evidence:
    """Draw a world, act on one measure of one channel, and put the tickets before everybody."""
    effect, moves = an_effect(random), one_of(random, _DRIFTS)
    world = TicketWorld(random, drawn_layout(random), drawn_drift(random, moves, LAG))
    comparison, history = an_evidence(random)
    measure = int(random.integers(len(MEASURES)))
    flagged = one_of(random, [Flagged.LOWEST, Flagged.NAMED])
    return lived(world, Design(Asked.RANDOM, comparison, history), effect, measure, flagged)


def lived(
    world: TicketWorld, design: Design, effect: Effect, measure: int, flagged: Flagged
) -> Evidence:
    """One cycle of a world."""
    before = world.tickets(0)
    channel = _channel(world, before, measure, flagged)
    size = effect.drawn(world.random)
    world.lifted = {measure: size * (world.layout.channel == channel)}
    history = [world.tickets(month) for month in range(-HISTORY, 0)] if design.history else []
    after, moves = world.tickets(LAG), world.drift.moves
    shaken = moves is Moves.SHOCKS and not design.history
    setting = Setting(
        Make.KPI,
        design,
        moves,
        effect.name,
        {DIMENSIONS[measure]: size},
        _ground(world, design, shaken=shaken),
        SHAKEN if shaken else "",
        measure=MEASURES[measure],
    )
    asked = {
        "rubric": ticket_rubric(),
        "data": table_of(world, [*history, before, after]),
        "at": "month",
        "before": month_window(0),
        "after": month_window(LAG),
        "history": [month_window(one.month) for one in history] or None,
        "scope": {"channel": f"channel-{channel}"},
        "comparison": design.comparison,
        "flagged": flagged,
        "cluster": ["team", "agent"] if world.layout.teams < 4 else ["team"],
        "dimensions": DIMENSIONS[measure],
    }
    return Evidence(
        setting, asked, {DIMENSIONS[measure]: _arms(world, before, after, measure, channel)}
    )


def _ground(world: TicketWorld, design: Design, *, shaken: bool) -> Ground:
    two_teams = world.layout.teams <= 2 and not design.history
    if two_teams or not (design.comparison or design.history):
        return Ground.UNDECIDABLE
    return Ground.UNIDENTIFIED if shaken else Ground.IDENTIFIED


def _channel(world: TicketWorld, before: Month, measure: int, flagged: Flagged) -> int:
    """The channel that does worst on the measure, or any."""
    if flagged is Flagged.NAMED:
        return int(world.random.integers(world.layout.channels))
    value = worth(before, measure)
    known = ~np.isnan(value)
    of = world.layout.channel[before.agent][known]
    sums = np.bincount(of, value[known], world.layout.channels)
    return int(np.argmin(sums / np.maximum(1, np.bincount(of, minlength=len(sums)))))


def worth(month: Month, measure: int) -> Array:
    """A measure of each ticket, higher is better: minus minutes, 1 or 0, -1 to 1; NaN: unknown."""
    if MEASURES[measure] == "times":
        return -month.minutes
    if MEASURES[measure] == "shares":
        return month.solved.astype(float)
    rating = month.recommends
    coded = (rating >= 9).astype(float) - (rating <= 6)
    return np.where(np.isnan(rating), np.nan, coded)


def _arms(
    world: TicketWorld, before: Month, after: Month, measure: int, channel: int
) -> tuple[Arm, Arm]:
    return arms(*(_answers(world, one, measure, channel) for one in (before, after)), paired=False)


def _answers(world: TicketWorld, month: Month, measure: int, channel: int) -> Answers:
    value = worth(month, measure)
    known = ~np.isnan(value)
    side = np.where(world.layout.channel[month.agent] == channel, 1, -1)
    return Answers(np.arange(known.sum()), side[known], value[known])


def table_of(world: TicketWorld, months: Sequence[Month]) -> Any:
    """The tickets of several months as an Arrow table."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, as in loopqa.engine.feeds

    agent = np.concatenate([one.agent for one in months])
    recommends = np.concatenate([one.recommends for one in months])
    days = pa.array([first_day(one.month) for one in months])
    sizes = [len(one.agent) for one in months]
    return pa.table(
        {
            "month": days.take(pa.array(np.repeat(np.arange(len(months)), sizes))),
            "channel": named("channel", world.layout.channel[agent]),
            "team": named("team", world.layout.team[agent]),
            "agent": named("agent", agent),
            "minutes": np.concatenate([one.minutes for one in months]),
            "solved": np.concatenate([one.solved for one in months]).astype(np.int8),
            "recommends": pa.array(np.nan_to_num(recommends), mask=np.isnan(recommends)),
        }
    )


@cache
def ticket_rubric() -> Rubric:
    """The rubric of these worlds: a scorecard of three measures."""
    path = Path(str(files("loopqa") / "library" / "proving" / "tickets.yaml"))
    return load_rubric(path, builtin_host())
