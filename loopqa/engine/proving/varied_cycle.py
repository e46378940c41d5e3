"""Cycles of the varied worlds, lived through: what is picked, what is done, who is asked."""

from __future__ import annotations

import numpy as np

from loopqa.engine.proving.drifts import drawn_drift
from loopqa.engine.proving.effects import one_of
from loopqa.engine.proving.evidence import Evidence, Situation
from loopqa.engine.proving.organisation import drawn_layout
from loopqa.engine.proving.practices import Array
from loopqa.engine.proving.staging import Staging, drawn_staging
from loopqa.engine.proving.varied import Follow, People, Sheet, VariedWorld
from loopqa.engine.proving.varied_evidence import LOW_AT_MOST, Lived, Target, put_before
from loopqa.model.verdict import Asked, Flagged

THRESHOLD = 3.0  #: of the rubric: a lower mean is a finding
_IN_CELL = 10  #: answers from which a cell is looked at
_OTHERS = 0.3  #: chance that the action changes a second judged dimension as well
_ROUTINE = 0.45  #: of the customers are asked in a month of the history


def varied_cycle(random: np.random.Generator) -> Evidence:
    """Draw a plan and live through it."""
    plan = drawn_staging(random)
    layout = drawn_layout(random, plan.volume)
    while layout.channels < 3 and plan.situation is Situation.OTHER_ACTION:
        layout = drawn_layout(random, plan.volume)
    world = VariedWorld(random, layout, drawn_drift(random, plan.moves, plan.lag), plan.dimensions)
    return put_before(Stage(random, plan, world).lived())


class Stage:
    """One cycle while it is lived through."""

    def __init__(self, random: np.random.Generator, plan: Staging, world: VariedWorld) -> None:
        self.random, self.plan, self.world, self.layout = random, plan, world, world.layout

    def lived(self) -> Lived:
        """Everything that happens, in order."""
        high = self._near_the_ceiling()
        people = self.world.people()
        before = self.world.survey(people, 0)
        target = self._target(before, high)
        changed = self._act(target)
        other = self._act_elsewhere(target)
        history = [self.world.survey(self._some(people), month) for month in self.plan.history]
        return Lived(
            self.plan,
            self.layout,
            target,
            before,
            self._followed(before, target),
            history,
            changed,
            other if self.plan.situation is Situation.OTHER_ACTION else None,
            self._known(),
        )

    def _near_the_ceiling(self) -> int | None:
        """Lift all channels but one; which one that is."""
        if self.plan.situation is not Situation.CEILING:
            return None
        left = int(self.random.integers(self.layout.channels))
        self.world.level[self.layout.channel != left] += self.random.uniform(0.8, 1.4)
        return left

    def _some(self, people: People) -> People:
        return people.chosen(self.random.random(len(people.number)) < _ROUTINE)

    def _known(self) -> float:
        """Share of the customers whose id is known."""
        if self.plan.situation is not Situation.IDS_MISSING:
            return 1.0
        return float(one_of(self.random, [0.0, 0.4, 0.6, 0.8]))

    def _target(self, before: Sheet, only: int | None) -> Target:
        """Pick the cell by its baseline, and what is judged beside it."""
        groups, column = self._groups()
        group, dimension, means = self._cell(before, groups, only)
        chosen = [group]
        if self.plan.situation is Situation.TWO_TEAMS and self.layout.teams > 1:
            others = np.delete(np.arange(self.layout.teams), group)
            chosen.append(int(others[np.argmin(means[others, dimension])]))
        scope = {column: [f"{column}-{one}" for one in chosen]} if column else None
        return Target(scope, np.isin(groups, chosen), dimension, self._judged(dimension))

    def _groups(self) -> tuple[Array, str]:
        """What a scope is made of: groups of agents, and the column that names them."""
        match self.plan.situation:
            case Situation.EVERYTHING:
                return np.zeros(self.layout.agents, dtype=int), ""
            case Situation.ONE_TEAM | Situation.TWO_TEAMS:
                return self.layout.team, "team"
            case _:
                return self.layout.channel, "channel"

    def _cell(self, before: Sheet, groups: Array, only: int | None) -> tuple[int, int, Array]:
        """Group and dimension of the cell, and all cells' means."""
        means, counts = cell_means(before, groups)
        open_to = np.repeat((counts >= min(_IN_CELL, counts.max()))[:, None], means.shape[1], 1)
        if only is not None:
            open_to &= np.arange(len(means))[:, None] == only
        cells = [(int(group), int(dimension)) for group, dimension in np.argwhere(open_to)]
        low = [cell for cell in cells if means[cell] < THRESHOLD]
        if self.plan.flagged is Flagged.NAMED or not cells:
            picked = one_of(self.random, cells or [(only or 0, 0)])
        elif self.plan.flagged is Flagged.BELOW and low:
            picked = one_of(self.random, low)
        else:
            picked = min(cells, key=lambda cell: float(means[cell]))
        return *picked, means

    def _judged(self, flagged: int) -> tuple[int, ...]:
        if self.plan.asked is Asked.LOW:
            return (flagged,)
        others = [one for one in range(self.plan.dimensions) if one != flagged]
        return (flagged, *self.random.permutation(others)[: self.plan.judged - 1].tolist())

    def _act(self, target: Target) -> frozenset[int]:
        """The action and what else changes with it; the dimensions that the action changes."""
        plan, random = self.plan, self.random
        changed = [target.flagged] if plan.size else []
        if changed and len(target.judged) > 1 and random.random() < _OTHERS:
            changed.append(target.judged[1])
        self.world.lifted = dict.fromkeys(changed, plan.size * target.inside)
        match plan.situation:
            case Situation.MODE_IN_SCOPE:
                self.world.follow = Follow(mode=target.inside)
            case Situation.MODE_EVERYWHERE:
                self.world.follow = Follow(mode=np.ones(self.layout.agents, dtype=bool))
            case Situation.FEWER_RESPOND:
                self.world.follow = Follow(rate=random.uniform(0.4, 0.6))
            case _:
                pass
        return frozenset(changed)

    def _act_elsewhere(self, target: Target) -> int | None:
        """Another action in one channel of the comparison, on all that is judged; which one."""
        if self.plan.situation not in (Situation.OTHER_ACTION, Situation.HIDDEN_ACTION):
            return None
        taken = np.unique(self.layout.channel[target.inside])
        others = np.setdiff1d(np.arange(self.layout.channels), taken)
        channel = int(one_of(self.random, others.tolist()))
        size = self.random.choice([-1, 1]) * self.random.uniform(0.3, 0.8)
        for one in target.judged:
            known = self.world.lifted.get(one, np.zeros(self.layout.agents))
            self.world.lifted[one] = known + size * (self.layout.channel == channel)
        return channel

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


def cell_means(sheet: Sheet, groups: Array) -> tuple[Array, Array]:
    """Means by group of agents and dimension, and answers by group; 5 where there are none."""
    of = groups[sheet.by.agent]
    size = int(groups.max()) + 1
    counts = np.bincount(of, minlength=size)
    sums = np.stack([np.bincount(of, one, size) for one in sheet.ratings.T], axis=1)
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], 5.0), counts
