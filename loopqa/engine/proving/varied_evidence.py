"""What a varied cycle puts before those who judge it: a table, a question, and the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from loopqa.define.rubric import load_rubric
from loopqa.engine.proving.evidence import Design, Evidence, Make, Setting, Situation
from loopqa.engine.proving.grounds import ENOUGH, WINDOWS, Facts, ground, unclear
from loopqa.engine.proving.months import first_day, month_window
from loopqa.engine.proving.organisation import Layout
from loopqa.engine.proving.practices import Answers, Arm, Array, arms
from loopqa.engine.proving.staging import Staging
from loopqa.engine.proving.tables import named
from loopqa.engine.proving.varied import MOST_DIMENSIONS, Sheet
from loopqa.model.rubric import Rubric
from loopqa.model.verdict import Asked, ModeChanged
from loopqa.model.window import Window
from loopqa.plugin.host import builtin_host

LOW_AT_MOST = 2
_MODES = {
    Situation.MODE_IN_SCOPE: ModeChanged.SCOPE.value,
    Situation.MODE_EVERYWHERE: ModeChanged.BOTH.value,
}


@dataclass(frozen=True)
class Target:
    """What is acted on and judged."""

    scope: dict[str, list[str]] | None  #: as ``compare`` takes it
    inside: Array  #: by agent
    flagged: int  #: dimension
    judged: tuple[int, ...]  #: dimensions, the flagged one first


@dataclass(frozen=True)
class Lived:
    """A varied cycle after it was lived through."""

    plan: Staging
    layout: Layout
    target: Target
    before: Sheet
    after: list[Sheet]
    history: list[Sheet]
    changed: frozenset[int]  #: dimensions that the action changed
    excluded: int | None  #: channel of another action that is known of
    known: float  #: share of the customers whose id is known

    @property
    def side(self) -> Array:
        """By agent: 1 in the scope, -1 in the comparison, 0 in neither."""
        inside = self.target.inside
        side = np.where(inside, 1, -1)
        if self.excluded is not None:
            side[(self.layout.channel == self.excluded) & ~inside] = 0
        return side

    @property
    def paired(self) -> bool:
        """Whether those of the baseline were asked again."""
        return self.plan.asked is not Asked.RANDOM

    @property
    def cluster(self) -> list[str]:
        """Columns that share shocks; agents only where there are few teams."""
        return ["team", "agent"] if self.layout.teams < 4 else ["team"]


def put_before(lived: Lived) -> Evidence:
    """The evidence of a cycle, with its truth."""
    plan, facts = lived.plan, facts_of(lived)
    truth = {column(one): plan.size if one in lived.changed else 0.0 for one in lived.target.judged}
    setting = Setting(
        Make.VARIED,
        facts.design,
        plan.moves,
        plan.effect.name,
        truth,
        ground(plan, facts),
        unclear(plan, facts),
        plan.situation,
        "ratings" if len(truth) == 1 else "several ratings at once",
    )
    seen = {column(one): _arms(lived, one) for one in lived.target.judged}
    return Evidence(setting, _asked(lived), seen)


def column(dimension: int) -> str:
    """The rubric's name of a dimension."""
    return f"d{dimension + 1}"


def _asked(lived: Lived) -> dict[str, Any]:
    plan, excluded = lived.plan, lived.excluded
    return {
        "rubric": ratings_rubric(plan.dimensions),
        "data": _table(lived),
        "at": "month",
        "before": month_window(0),
        "after": _after_window(lived),
        "history": [month_window(one.month) for one in lived.history] or None,
        "scope": lived.target.scope,
        "comparison": plan.comparison,
        "asked": plan.asked,
        "low_at_most": LOW_AT_MOST,
        "flagged": plan.flagged,
        "customer": "customer" if lived.paired else None,
        "cluster": lived.cluster,
        "dimensions": [column(one) for one in lived.target.judged],
        "mode_changed": _MODES.get(plan.situation),
        "exclude": None if excluded is None else {"channel": f"channel-{excluded}"},
    }


def _after_window(lived: Lived) -> Window:
    """A month; two of them, or half a one, where windows are of unequal length."""
    whole = month_window(lived.after[0].month, lived.after[-1].month)
    if lived.plan.situation is Situation.UNEQUAL_WINDOWS and len(lived.after) == 1:
        return Window(whole.start, whole.start.replace(day=15))
    return whole


def _table(lived: Lived) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy, as in loopqa.engine.feeds

    sheets = [*lived.history, lived.before, *lived.after]
    agent = np.concatenate([sheet.by.agent for sheet in sheets])
    ratings = np.concatenate([sheet.ratings for sheet in sheets])
    sizes = [len(sheet.by.agent) for sheet in sheets]
    days = pa.array([first_day(sheet.month) for sheet in sheets])
    columns: dict[str, Any] = {
        "month": days.take(pa.array(np.repeat(np.arange(len(sheets)), sizes))),
        "channel": named("channel", lived.layout.channel[agent]),
        "team": named("team", lived.layout.team[agent]),
    }
    if "agent" in lived.cluster:
        columns["agent"] = named("agent", agent)
    if lived.paired:
        number = np.concatenate([sheet.by.number for sheet in sheets])
        columns["customer"] = pa.array(number, mask=~identified(number, lived.known))
    return pa.table(columns | {column(at): one for at, one in enumerate(ratings.T)})


def identified(number: Array, known: float) -> Array:
    """Whose ids are known: those of the same customers every time."""
    return np.asarray(number * 2654435761 % 1000 < 1000 * known)


def _arms(lived: Lived, dimension: int) -> tuple[Arm, Arm]:
    before = _answers([lived.before], lived.side, dimension)
    return arms(before, _answers(lived.after, lived.side, dimension), paired=lived.paired)


def _answers(sheets: Sequence[Sheet], side: Array, dimension: int) -> Answers:
    return Answers(
        np.concatenate([one.by.number for one in sheets]),
        np.concatenate([side[one.by.agent] for one in sheets]),
        np.concatenate([one.ratings[:, dimension] for one in sheets]).astype(float),
    )


def facts_of(lived: Lived) -> Facts:
    """What the evidence consists of."""
    plan, side = lived.plan, lived.side
    least = [_least(lived, side == arm) for arm in (1, -1)]
    told = [one for one in lived.history if _count([one], side == 1) >= 2]
    teams = [len(np.unique(lived.layout.team[side == arm])) for arm in (1, -1)]
    return Facts(
        Design(plan.asked, plan.comparison and least[1] >= ENOUGH, len(told) >= WINDOWS),
        least[0],
        sum(teams),
        lived.known,
        tuple(one.month for one in told),
    )


def _least(lived: Lived, agents: Array) -> int:
    """Answers in the smaller period; customers who can be matched, where they can."""
    if lived.paired and lived.known:
        return sum(
            int((agents[one.by.agent] & identified(one.by.number, lived.known)).sum())
            for one in lived.after
        )
    return min(_count([lived.before], agents), _count(lived.after, agents))


def _count(sheets: Sequence[Sheet], agents: Array) -> int:
    return sum(int(agents[one.by.agent].sum()) for one in sheets)


@cache
def ratings_rubric(dimensions: int = MOST_DIMENSIONS) -> Rubric:
    """The rubric of these worlds, cut to its first dimensions."""
    path = Path(str(files("loopqa") / "library" / "proving" / "ratings.yaml"))
    whole = load_rubric(path, builtin_host())
    return replace(whole, dimensions=whole.dimensions[:dimensions])
