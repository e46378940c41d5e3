"""The numbers behind the pictures of docs/explanation/verdicts.md: nothing in them is invented.

They come from LoopQA's own simulated organisations, whose truth is known, from its planner, and
from a run of ``loopqa prove`` that is kept beside the pictures. The same seeds give the same
numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pyarrow as pa

from loopqa import compare, plan
from loopqa.engine.plans import Plan
from loopqa.engine.proving import worlds
from loopqa.engine.proving.worlds import AGENTS, TEAMS, Drift, Kind, Picked, Survey, World
from loopqa.model.verdict import Judgement, Outcome

PROOF = Path(__file__).parent / "explanation" / "pictures" / "proof.json"

WORKS = 0.8  #: an effect worth seeing, in standard deviations of the feeling
UNHAPPY = 200
FROM_EACH = 5  #: unhappy customers of each organisation
ORGANISATIONS = 300
ANSWERS = 30  #: of each cell, where fifteen are looked through
SPREAD = 1.14  #: standard deviation of one answer on 1-5
MANY = 100
WORTH_SEEING = (0.8, 0.4, 0.25)  #: improvements in points, the last one is the material change
PER_MONTH = (30, 50, 100, 200, 300, 500, 1000, 2000, 3000)

Numbers = dict[str, Any]


def numbers() -> Numbers:
    """Everything that the pictures show, by picture."""
    return {
        "unhappy": unhappy(),
        "lowest": lowest(),
        "season": season(),
        "teams": teams(),
        "history": history(),
        "verdicts": verdicts(),
        "practices": practices(),
        "answers": answers(),
    }


def world(seed: int, number: int, drift: Drift, effect: float = 0.0) -> World:
    """An organisation whose lowest cell is acted on; with the same seed the luck is the same."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    return World(random, Kind(drift, effect, Picked.LOWEST))


def unhappy() -> Numbers:
    """How customers who gave a 1 or a 2 answer three months later; nobody has done anything."""
    before, after, everybody = np.zeros(6, int), np.zeros(6, int), []
    for number in range(UNHAPPY // FROM_EACH):
        one = world(2026, number, Drift.CALM)
        channel, dimension = of(one)
        later = one.again(low_at_most=2)
        matched = np.searchsorted(one.baseline.by.number, later.by.number)
        mine = np.flatnonzero(later.by.channel == channel)[:FROM_EACH]
        before += np.bincount(one.baseline.ratings[matched[mine], dimension], minlength=6)
        after += np.bincount(later.ratings[mine, dimension], minlength=6)
        everybody.append(mean(one.baseline, channel, dimension))
    levels = np.arange(6)
    return {
        "before": before[1:].tolist(),
        "after": after[1:].tolist(),
        "mean_before": rounded(before @ levels / before.sum()),
        "mean_after": rounded(after @ levels / after.sum()),
        "mean_of_everybody": rounded(np.mean(everybody)),
        "customers": int(before.sum()),
    }


def lowest() -> Numbers:
    """The fifteen cells from the lowest to the highest, and where they lie three months later."""
    before, after, higher = [], [], 0
    for number in range(ORGANISATIONS):
        one = world(2027, number, Drift.CALM)
        first, later = cells(one.baseline), cells(one.fresh())
        order = np.argsort(first)
        before.append(first[order])
        after.append(later[order])
        higher += int(later[order[0]] > first[order[0]])
    return {
        "before": rounded(np.mean(before, axis=0)),
        "after": rounded(np.mean(after, axis=0)),
        "higher_of_100": round(100 * higher / ORGANISATIONS),
        "organisations": ORGANISATIONS,
        "answers": ANSWERS,
    }


def cells(survey: Survey) -> Any:
    """Means of the fifteen cells, from the first answers of every channel."""
    channel = survey.by.channel
    return np.concatenate(
        [
            survey.ratings[np.flatnonzero(channel == one)[:ANSWERS]].mean(axis=0)
            for one in range(worlds.CHANNELS)
        ]
    )


def season() -> Numbers:
    """The phone channel and the others by month, with an action that does nothing and one that
    works. A year was chosen whose season rises after the baseline.
    """
    idle, working = (levels(world(3, 19, Drift.SEASON, effect=effect)) for effect in (0.0, WORKS))
    return {"months": months(), "nothing": idle, "works": working}


def levels(one: World) -> Numbers:
    """Mean of the scope and of the comparison in every survey."""
    surveys = [*one.history(), one.baseline, one.fresh()]
    channel, dimension = of(one)
    return {
        "phone": [rounded(mean(survey, channel, dimension)) for survey in surveys],
        "others": [rounded(mean(survey, channel, dimension, others=True)) for survey in surveys],
    }


def months() -> list[int]:
    """Months of the surveys, the baseline's is 0."""
    return [*range(-worlds.HISTORY, 1), worlds.LAG]


def teams() -> Numbers:
    """How far every team moved in three months in which nobody did anything."""
    one = world(4, 0, Drift.CALM)
    channel, dimension = of(one)
    later = one.fresh()
    moved: dict[str, list[float]] = {"phone": [], "others": []}
    for team in range(worlds.CHANNELS * worlds.TEAMS):
        before, after = (
            survey.ratings[survey.by.agent // AGENTS == team, dimension].mean()
            for survey in (one.baseline, later)
        )
        arm = "phone" if team // worlds.TEAMS == channel else "others"
        moved[arm].append(rounded(after - before))
    return moved


def history() -> Numbers:
    """The gap between the phone channel and the others, month by month."""
    gaps = []
    for effect in (0.0, WORKS):
        found = levels(world(5, 10, Drift.SHOCK, effect=effect))
        pairs = zip(found["phone"], found["others"], strict=True)
        gaps.append([rounded(phone - others) for phone, others in pairs])
    idle, working = gaps
    return {
        "months": months()[: worlds.HISTORY],
        "gaps": idle[: worlds.HISTORY],
        "nothing": idle[-1],
        "works": working[-1],
    }


def verdicts() -> Numbers:
    """One verdict of each kind, as ``compare`` gives it on simulated organisations.

    *no_change* takes many answers: those organisations have twenty times as many customers.
    """
    wanted = {
        Outcome.IMPROVED: (WORKS, 1),
        Outcome.WORSENED: (-WORKS, 1),
        Outcome.NO_CHANGE: (0.0, 20),
        Outcome.INCONCLUSIVE: (0.2, 1),
    }
    found = {}
    for outcome, (effect, times) in wanted.items():
        with mock.patch.object(worlds, "CUSTOMERS", worlds.CUSTOMERS * times):
            found[outcome.value] = shown(next(judgements(outcome, effect)))
    return found


def judgements(outcome: Outcome, effect: float) -> Iterator[Judgement]:
    """Verdicts of one kind: a fresh sample, a comparison and a history."""
    for number in count():
        judgement = judged(world(6, number, Drift.CALM, effect=effect))
        if judgement.outcome is outcome:
            yield judgement


RATINGS = ("attitude", "speed", "expertise", "solving", "experience")  #: of the survey rubric


def judged(one: World) -> Judgement:
    """The verdict on the cell that was acted on."""
    channel, dimension = of(one)
    surveys = [*one.history(), one.baseline, one.fresh()]
    *earlier, before, after = [window(survey.month) for survey in surveys]
    result = compare(
        "survey",
        pa.concat_tables([table(survey) for survey in surveys]),
        at="month",
        before=before,
        after=after,
        history=earlier,
        scope={"channel": str(channel)},
        cluster="team",
        dimensions=RATINGS[dimension],
    )
    return result.verdicts[0]


def table(survey: Survey) -> pa.Table:
    """The answers of one survey, a row a customer."""
    team = survey.by.agent // AGENTS
    columns = {
        "month": [first_day(survey.month)] * len(team),
        "channel": (team // TEAMS).astype(str),
        "team": team.astype(str),
    }
    return pa.table(columns | {name: survey.ratings[:, at] for at, name in enumerate(RATINGS)})


def window(month: int) -> str:
    """A whole month, counted from the baseline's."""
    return f"{first_day(month)}..{first_day(month + 1) - timedelta(days=1)}"


def first_day(month: int) -> date:
    """First day of a month; the baseline's is April 2026."""
    years, of_year = divmod(3 + month, 12)
    return date(2026 + years, of_year + 1, 1)


def shown(judgement: Judgement) -> Numbers:
    """What the picture shows of a verdict."""
    low, high = judgement.interval or (0.0, 0.0)
    return {
        "estimate": rounded(judgement.estimate),
        "low": rounded(low),
        "high": rounded(high),
        "answers": judgement.after.n,
    }


def practices() -> Numbers:
    """How often each practice says *improved* though nothing was done, in the kept run."""
    proof = json.loads(PROOF.read_text(encoding="utf-8"))
    return {
        "cycles": proof["cycles"],
        "promised": proof["promised"],
        "rows": [
            {
                "name": row["name"],
                "improved": row["false_improved"]["share"],
                "n": row["false_improved"]["n"],
                "found": row["found"]["large"]["share"],
            }
            for row in proof["practices"]
        ],
    }


def answers() -> Numbers:
    """The smallest improvement that is seen in four of five cases, by answers and design."""
    designs = {"history": (False, worlds.HISTORY), "comparison": (True, 0)}
    designs["both"] = (True, worlds.HISTORY)
    seen = {
        name: [rounded(planned(n, comparison, windows).detectable) for n in PER_MONTH]
        for name, (comparison, windows) in designs.items()
    }
    wanted = {
        name: [planned(MANY, *design, change=change).answers for change in WORTH_SEEING]
        for name, design in designs.items()
    }
    return {
        "per_month": list(PER_MONTH),
        "windows": worlds.HISTORY,
        **seen,
        "changes": list(WORTH_SEEING),
        "needed": wanted,
    }


def planned(n: int, comparison: bool, windows: int, change: float = 0.4) -> Plan:
    """What ``loopqa plan`` says of ``n`` answers a month."""
    document = plan("survey", n=n, sd=SPREAD, comparison=comparison, history=windows, change=change)
    return document.plans[0]


def of(one: World) -> tuple[int, int]:
    """Channel and dimension that are acted on."""
    assert one.cell is not None
    return one.cell


def mean(survey: Survey, channel: int, dimension: int, *, others: bool = False) -> float:
    """Mean rating of a channel, or of all the others together."""
    mine = survey.by.channel == channel
    return float(survey.ratings[~mine if others else mine, dimension].mean())


def rounded(value: Any) -> Any:
    """To a hundredth, for pictures and for people."""
    return np.round(np.asarray(value, float), 2).tolist()
