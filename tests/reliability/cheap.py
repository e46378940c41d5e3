"""Work that costs nothing, and people who close many actions at once.

Where thousands of re-surveys are to be followed through a year, comparing real data would hide what
is looked at: whether each is done once, in time, with a memory that stays flat.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from loopqa.engine.improve import schedule_round
from loopqa.engine.rounds import Comparison
from loopqa.engine.work import Work
from loopqa.model.cycle import Action, ActionState, Finding, ReSurvey, Wave, WaveKind, WaveState
from loopqa.model.score import Composite, DimensionScore, Grade, ScoreCard
from loopqa.model.verdict import Change, EffectSize, Judgement, Outcome, ScoreChange, Side
from tests.reliability.ledger import a_month_later

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.workspace import Workspace

N = 40  #: answers on either side
CHANGE = Change(0.5, (0.2, 0.8), 0.001)
EFFECT = EffectSize(0.6, (0.52, 0.68))


def compare_cheaply(
    ws: Workspace, resurvey: ReSurvey, progress: Progress | None = None
) -> Comparison:
    """What a comparison gives, without reading any data: improved, always."""
    with ws.reading() as reader:
        action = reader.action(resurvey.action)
        baseline = reader.wave(reader.finding(action.findings[0]).wave)
    if resurvey.window is None:
        raise ValueError("a re-survey that is compared has a window")
    wave = Wave(
        id=0,
        workflow=action.workflow,
        kind=WaveKind.RE_SURVEY,
        window=resurvey.window,
        revision=1,
        state=WaveState.DONE,
        rubric_hash=baseline.rubric_hash,
        digest=f"cheap-{resurvey.id}",
        snapshots=(),
        scores={},
        created_at=ws.now(),
    )
    judgements = tuple(_improved(name) for name in action.dimensions)
    card = ScoreCard(tuple(_score(name) for name in action.dimensions), COMPOSITE)
    return Comparison(wave, baseline, judgements, card)


def _improved(dimension: str) -> Judgement:
    return Judgement(
        dimension=dimension,
        outcome=Outcome.IMPROVED,
        score_change=ScoreChange.UP,
        before=Side(N, 2.5),
        after=Side(N, 3.5),
        change=CHANGE,
        estimate=0.5,
        interval=(0.2, 0.8),
        confidence=0.95,
        effect_size=EFFECT,
        design="random",
    )


def _score(dimension: str) -> DimensionScore:
    return DimensionScore(
        dimension, N, 3.5, 0.8, 0.2, 0.1, (3.2, 3.8), 3.5, None, None, Grade.NONE, ()
    )


COMPOSITE = Composite(3.5, N, 0)
CHEAP = Work(compare=compare_cheaply)


def close_many(ws: Workspace, finding: Finding, titles: Iterable[str]) -> dict[int, date]:
    """Actions that were closed today, all in one transaction; action → the day."""
    today = ws.today()
    with ws.writing() as writer:
        actions = [
            writer.add_action(
                Action(
                    id=0,
                    workflow=finding.workflow,
                    title=title,
                    state=ActionState.CLOSED,
                    findings=(finding.id,),
                    scope=finding.scope,
                    dimensions=(finding.dimension,),
                    opened_at=ws.now(),
                    version=0,
                    started_on=today,
                    closed_on=today,
                    evidence="rota",
                    round=1,
                )
            )
            for title in titles
        ]
        for action in actions:
            schedule_round(ws, writer, action, a_month_later(today))
    return {action.id: today for action in actions}
