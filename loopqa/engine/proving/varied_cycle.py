"""Cycles of the varied worlds: what happens in them, and what their evidence can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from loopqa.define.rubric import load_rubric
from loopqa.engine.proving.drifts import drawn_drift
from loopqa.engine.proving.effects import one_of
from loopqa.engine.proving.evidence import Design, Evidence, Make, Setting, Situation
from loopqa.engine.proving.grounds import ENOUGH, WINDOWS, Facts, ground, unclear
from loopqa.engine.proving.months import first_day, month_window
from loopqa.engine.proving.organisation import drawn_layout
from loopqa.engine.proving.practices import Answers, Arm, Array, arms
from loopqa.engine.proving.staging import Staging, drawn_staging
from loopqa.engine.proving.tables import named
from loopqa.engine.proving.varied import MOST_DIMENSIONS, Follow, People, Sheet, VariedWorld
from loopqa.model.rubric import Rubric
from loopqa.model.verdict import Asked, Flagged, ModeChanged
from loopqa.model.window import Window
from loopqa.plugin.host import builtin_host

LOW_AT_MOST = 2
THRESHOLD = 3.0  #: of the rubric: a lower mean is a finding
_IN_CELL = 10  #: answers from which a cell is looked at
_OTHERS = 0.3  #: chance that the action changes a second judged dimension as well


def varied_cycle(random: np.random.Generator) -> Evidence:
    """Draw a plan and live through it."""
    plan = drawn_staging(random)
    layout = drawn_layout(random, plan.volume)
    while layout.channels < 3 and plan.situation is Situation.OTHER_ACTION:
        layout = drawn_layout(random, plan.volume)
    world = VariedWorld(random, layout, drawn_drift(random, plan.moves, plan.lag), plan.dimensions)
    return Stage(random, plan, world).evidence()


@dataclass(frozen=True)
class Target:
    """What is acted on and judged."""

    scope: dict[str, list[str]] | None  #: as ``compare`` takes it
    inside: Array  #: by agent
    flagged: int  #: dimension
    judged: tuple[int, ...]  #: dimensions, the flagged one first


class Stage:
    """One cycle while it is lived through."""

    def __init__(self, random: np.random.Generator, plan: Staging, world: VariedWorld) -> None:
        self.random, self.plan, self.world, self.layout = random, plan, world, world.layout
        self.excluded: int | None = None  #: channel of another action that is known of

    def evidence(self) -> Evidence:
        """Everything that happens, in order."""
        high = self._near_the_ceiling()
        people = self.world.people()
        before = self.world.survey(people, 0)
        target = self._target(before, high)
        self._act(target)
        history = [self.world.survey(self._some(people), month) for month in self.plan.history]
        after = self._followed(before, target)
        return self._put_before(target, before, after, history)

    def _near_the_ceiling(self) -> int | None:
        """Lift all channels but one; which one that is."""
        if self.plan.situation is not Situation.CEILING:
            return None
        left = int(self.random.integers(self.layout.channels))
        self.world.level[self.layout.channel != left] += self.random.uniform(0.8, 1.4)
        return left

    def _some(self, people: People) -> People:
        return people.chosen(self.random.random(len(people.number)) < 0.45)

    def _target(self, before: Sheet, only: int | None) -> Target:
        """Pick the cell by its baseline, and what is judged beside it."""
        match self.plan.situation:
            case Situation.EVERYTHING:
                groups, column = np.zeros(self.layout.agents, dtype=int), ""
            case Situation.ONE_TEAM | Situation.TWO_TEAMS:
                groups, column = self.layout.team, "team"
            case _:
                groups, column = self.layout.channel, "channel"
        group, dimension, means = self._cell(before, groups, only)
        chosen = [group]
        if self.plan.situation is Situation.TWO_TEAMS and self.layout.teams > 1:
            others = np.delete(np.arange(self.layout.teams), group)
            chosen.append(int(others[np.argmin(means[others, dimension])]))
        scope = {column: [f"{column}-{one}" for one in chosen]} if column else None
        return Target(scope, np.isin(groups, chosen), dimension, self._judged(dimension))

    def _cell(self, before: Sheet, groups: Array, only: int | None) -> tuple[int, int, Array]:
        """Group and dimension of the cell, and all cells' means."""
        means, counts = cell_means(before, groups)
        open_to = np.repeat((counts >= min(_IN_CELL, counts.max()))[:, None], means.shape[1], 1)
        if only is not None:
            open_to &= np.arange(len(means))[:, None] == only
        cells = np.argwhere(open_to)
        low = [cell for cell in cells if means[tuple(cell)] < THRESHOLD]
        if self.plan.flagged is Flagged.NAMED:
            group, dimension = one_of(self.random, list(cells))
        elif self.plan.flagged is Flagged.BELOW and low:
            group, dimension = one_of(self.random, low)
        else:
            group, dimension = min(cells, key=lambda cell: float(means[tuple(cell)]))
        return int(group), int(dimension), means

    def _judged(self, flagged: int) -> tuple[int, ...]:
        if self.plan.asked is Asked.LOW:
            return (flagged,)
        others = [one for one in range(self.plan.dimensions) if one != flagged]
        return (flagged, *self.random.permutation(others)[: self.plan.judged - 1].tolist())

    def _act(self, target: Target) -> None:
        """The action, and what else changes with it."""
        world, plan, random = self.world, self.plan, self.random
        changed = [target.flagged]
        if plan.size and len(target.judged) > 1 and random.random() < _OTHERS:
            changed.append(target.judged[1])
        world.lifted = dict.fromkeys(changed, plan.size * target.inside)
        match plan.situation:
            case Situation.MODE_IN_SCOPE:
                world.follow = Follow(mode=target.inside)
            case Situation.MODE_EVERYWHERE:
                world.follow = Follow(mode=np.ones(self.layout.agents, dtype=bool))
            case Situation.FEWER_RESPOND:
                world.follow = Follow(rate=random.uniform(0.4, 0.6))
            case Situation.OTHER_ACTION | Situation.HIDDEN_ACTION:
                self._act_elsewhere(target)
            case _:
                pass

    def _act_elsewhere(self, target: Target) -> None:
        """Another action in one channel of the comparison, on all that is judged."""
        taken = np.unique(self.layout.channel[target.inside])
        others = np.setdiff1d(np.arange(self.layout.channels), taken)
        channel = int(one_of(self.random, others.tolist()))
        size = self.random.choice([-1, 1]) * self.random.uniform(0.3, 0.8)
        for one in target.judged:
            known = self.world.lifted.get(one, np.zeros(self.layout.agents))
            self.world.lifted[one] = known + size * (self.layout.channel == channel)
        if self.plan.situation is Situation.OTHER_ACTION:
            self.excluded = channel

    def _followed(self, before: Sheet, target: Target) -> list[Sheet]:
        """The follow-up: one survey, or two where its window is longer."""
        world, plan = self.world, self.plan
        match plan.asked:
            case Asked.SAME:
                return [world.survey(before.by, plan.lag)]
            case Asked.LOW:
                low = before.ratings[:, target.flagged] <= LOW_AT_MOST
                return [world.survey(before.by.chosen(low), plan.lag)]
            case Asked.RANDOM:
                first = world.survey(world.people(), plan.lag)
        if plan.situation is not Situation.UNEQUAL_WINDOWS:
            return [first]
        if self.random.random() < 0.5:
            half = self.random.random(len(first.ratings)) < 0.5
            return [Sheet(first.month, first.by.chosen(half), first.ratings[half])]
        return [first, world.survey(world.people(), plan.lag + 1)]

    def _put_before(
        self, target: Target, before: Sheet, after: list[Sheet], history: list[Sheet]
    ) -> Evidence:
        plan = self.plan
        known = self._known_share()
        facts = self._facts(target, before, after, history, known)
        truth = {
            f"d{one + 1}": plan.size
            if one in self.world.lifted and self._changed(target, one)
            else 0.0
            for one in target.judged
        }
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
        return Evidence(
            setting,
            self._asked(target, before, after, history, known),
            {f"d{one + 1}": self._arms(target, before, after, one) for one in target.judged},
        )

    def _changed(self, target: Target, dimension: int) -> bool:
        return bool(np.any(self.world.lifted[dimension][target.inside]))

    def _known_share(self) -> float:
        """Share of the customers whose id is known."""
        if self.plan.situation is not Situation.IDS_MISSING:
            return 1.0
        return float(one_of(self.random, [0.0, 0.4, 0.6, 0.8]))

    def _side(self, target: Target) -> Array:
        side = np.where(target.inside, 1, -1)
        if self.excluded is not None:
            side[(self.layout.channel == self.excluded) & ~target.inside] = 0
        return side

    def _arms(
        self, target: Target, before: Sheet, after: list[Sheet], dimension: int
    ) -> tuple[Arm, Arm]:
        side, paired = self._side(target), self.plan.asked is not Asked.RANDOM
        return arms(
            _answers([before], side, dimension), _answers(after, side, dimension), paired=paired
        )

    def _facts(
        self,
        target: Target,
        before: Sheet,
        after: list[Sheet],
        history: list[Sheet],
        known: float,
    ) -> Facts:
        side, plan = self._side(target), self.plan
        matched = plan.asked is not Asked.RANDOM and known > 0
        least = [
            _pairs(after, side == arm, known)
            if matched
            else min(_count([before], side == arm), _count(after, side == arm))
            for arm in (1, -1)
        ]
        told = [one for one in history if _count([one], side == 1) >= 2]
        teams = [len(np.unique(self.layout.team[side == arm])) for arm in (1, -1)]
        return Facts(
            Design(plan.asked, plan.comparison and least[1] >= ENOUGH, len(told) >= WINDOWS),
            least[0],
            sum(teams),
            known,
            tuple(one.month for one in told),
        )

    def _asked(
        self,
        target: Target,
        before: Sheet,
        after: list[Sheet],
        history: list[Sheet],
        known: float,
    ) -> dict[str, Any]:
        plan, layout = self.plan, self.layout
        cluster = ["team", "agent"] if layout.teams < 4 else ["team"]
        excluded = None if self.excluded is None else {"channel": f"channel-{self.excluded}"}
        return {
            "rubric": ratings_rubric(plan.dimensions),
            "data": self._table([*history, before, *after], cluster, known),
            "at": "month",
            "before": month_window(0),
            "after": self._after_window(after),
            "history": [month_window(one.month) for one in history] or None,
            "scope": target.scope,
            "comparison": plan.comparison,
            "asked": plan.asked,
            "low_at_most": LOW_AT_MOST,
            "flagged": plan.flagged,
            "customer": None if plan.asked is Asked.RANDOM else "customer",
            "cluster": cluster,
            "dimensions": [f"d{one + 1}" for one in target.judged],
            "mode_changed": _MODES.get(plan.situation),
            "exclude": excluded,
        }

    def _after_window(self, after: list[Sheet]) -> Window:
        whole = month_window(after[0].month, after[-1].month)
        if self.plan.situation is Situation.UNEQUAL_WINDOWS and len(after) == 1:
            return Window(whole.start, whole.start.replace(day=15))
        return whole

    def _table(self, sheets: Sequence[Sheet], cluster: Sequence[str], known: float) -> Any:
        import pyarrow as pa  # noqa: PLC0415 - heavy, as in loopqa.engine.feeds

        agent = np.concatenate([sheet.by.agent for sheet in sheets])
        ratings = np.concatenate([sheet.ratings for sheet in sheets])
        sizes = [len(sheet.by.agent) for sheet in sheets]
        days = pa.array([first_day(sheet.month) for sheet in sheets])
        columns: dict[str, Any] = {
            "month": days.take(pa.array(np.repeat(np.arange(len(sheets)), sizes))),
            "channel": named("channel", self.layout.channel[agent]),
            "team": named("team", self.layout.team[agent]),
        }
        if "agent" in cluster:
            columns["agent"] = named("agent", agent)
        if self.plan.asked is not Asked.RANDOM:
            number = np.concatenate([sheet.by.number for sheet in sheets])
            columns["customer"] = pa.array(number, mask=_unknown(number, known))
        return pa.table(columns | {f"d{at + 1}": one for at, one in enumerate(ratings.T)})


_MODES = {
    Situation.MODE_IN_SCOPE: ModeChanged.SCOPE.value,
    Situation.MODE_EVERYWHERE: ModeChanged.BOTH.value,
}


def cell_means(sheet: Sheet, groups: Array) -> tuple[Array, Array]:
    """Means by group of agents and dimension, and answers by group; 5 where there are none."""
    of = groups[sheet.by.agent]
    size = int(groups.max()) + 1
    counts = np.bincount(of, minlength=size)
    sums = np.stack([np.bincount(of, one, size) for one in sheet.ratings.T], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], 5.0), counts


def _count(sheets: Sequence[Sheet], agents: Array) -> int:
    return sum(int(agents[one.by.agent].sum()) for one in sheets)


def _pairs(after: Sequence[Sheet], agents: Array, known: float) -> int:
    """Customers asked again whose ids are known."""
    return sum(int((agents[one.by.agent] & ~_unknown(one.by.number, known)).sum()) for one in after)


def _answers(sheets: Sequence[Sheet], side: Array, dimension: int) -> Answers:
    return Answers(
        np.concatenate([one.by.number for one in sheets]),
        np.concatenate([side[one.by.agent] for one in sheets]),
        np.concatenate([one.ratings[:, dimension] for one in sheets]).astype(float),
    )


def _unknown(number: Array, known: float) -> Array:
    """Which customers' ids are missing; the same customer's always or never."""
    return np.asarray((number * 2654435761 % 1000) >= 1000 * known)


@cache
def ratings_rubric(dimensions: int = MOST_DIMENSIONS) -> Rubric:
    """The rubric of these worlds, cut to its first dimensions."""
    path = Path(str(files("loopqa") / "library" / "proving" / "ratings.yaml"))
    whole = load_rubric(path, builtin_host())
    return replace(whole, dimensions=whole.dimensions[:dimensions])
