"""Roll-outs of actions: the rule in force, the draw, and the windows that the verdict rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from loopqa.calc.loop.assignment import (
    arrangements,
    drawn_steps,
    group_sizes,
    smallest_p,
    steps_needed,
)
from loopqa.calc.loop.calendar import previous_window
from loopqa.define.durations import period, usual_days
from loopqa.define.fields import Wrong, did_you_mean
from loopqa.engine.continuity import apart
from loopqa.engine.waves import columns_of, thaw
from loopqa.errors import RefusedMove, UsageError
from loopqa.language import text
from loopqa.model.cycle import Action, ActionState, Finding, Rollout, Scope, Wave, action_ref
from loopqa.model.workflow import RolloutRule, WindowRule

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader

_KEYS = ("by", "steps", "seed", "every")


@dataclass(frozen=True)
class RolloutWish:
    """What a person says about the roll-out of one action; the workflow says the rest."""

    keys: Mapping[str, str] | None = None  #: by, steps, seed, every, as written
    holdout: float | None = None  #: share, 0..1
    everywhere: bool = False  #: no roll-out, whatever the workflow says


WORKFLOWS_RULE = RolloutWish()  #: as the workflow says


def planned(ws: Workspace, finding: Finding, wave: Wave, wish: RolloutWish) -> Rollout | None:
    """The roll-out of an action that is being opened; None where it begins everywhere at once.

    Raises:
        UsageError: the wish contradicts itself, or lots among so few clusters decide nothing.
    """
    workflow = ws.workflow(finding.workflow)
    if not _wanted(workflow, wish):
        return None
    used, rule = ws.standard(workflow), _rule(workflow, wish)
    _refuse_undecidable(used, rule, clusters_of(ws, used, wave, finding.scope, rule.by))
    return Rollout(rule)


def _wanted(workflow: Workflow, wish: RolloutWish) -> bool:
    said = wish.keys is not None or wish.holdout is not None
    if wish.everywhere and said:
        raise UsageError(
            text("an action begins either everywhere at once or in clusters drawn by lot"),
            hint=text("leave out --no-rollout, or --rollout and --holdout"),
        )
    return said or (workflow.improve.rollout is not None and not wish.everywhere)


def _rule(workflow: Workflow, wish: RolloutWish) -> RolloutRule:
    rule = workflow.improve.rollout or RolloutRule(next(iter(workflow.cluster), ""))
    rule = replace(rule, every=rule.every or workflow.window.previous)
    for key, written in (wish.keys or {}).items():
        rule = _with(rule, key, written)
    if wish.holdout is not None:
        rule = replace(rule, holdout=wish.holdout)
    _refuse_impossible(workflow, rule)
    return rule


def _with(rule: RolloutRule, key: str, written: str) -> RolloutRule:
    if key not in _KEYS:
        raise UsageError(
            text("a roll-out has no '{name}'", name=key), hint=did_you_mean(key, list(_KEYS))
        )
    try:
        if key == "every":
            return replace(rule, every=period(written))
        if key == "by":
            return replace(rule, by=written)
        number = int(written)
        return replace(rule, steps=number) if key == "steps" else replace(rule, seed=number)
    except Wrong as wrong:
        raise UsageError(wrong.message, hint=wrong.hint) from None
    except ValueError:
        raise UsageError(
            text("'{value}' is no number", value=written),
            hint=text("write it like --rollout by=team,steps=3"),
        ) from None


def _refuse_impossible(workflow: Workflow, rule: RolloutRule) -> None:
    known = list(columns_of(workflow))
    if rule.by not in known:
        raise UsageError(
            text("'{by}' is neither a cluster nor a segment", by=rule.by),
            hint=did_you_mean(rule.by, known) or text("add it to `cluster`"),
        )
    if rule.steps < 1 or not 0 <= rule.holdout < 1 or (rule.steps == 1 and not rule.holdout):
        raise UsageError(
            text("a roll-out in one step leaves nobody to compare with"),
            hint=text("give --rollout steps=3, or --holdout 20%"),
        )
    if rule.every is not None and usual_days(rule.every) < usual_days(workflow.window.previous):
        raise UsageError(
            text("steps follow each other faster than windows do"),
            hint=text("a step needs at least one whole window to be seen"),
        )


def clusters_of(
    ws: Workspace, used: Standard, wave: Wave, scope: Scope, column: str
) -> tuple[str, ...]:
    """The clusters that a wave saw within a scope, sorted."""
    frozen = thaw(ws, used, wave).values()
    seen = [cases.where(scope).values(column) for cases in frozen if cases.has((column,))]
    return tuple(sorted({name for names in seen for name in names}))


def _refuse_undecidable(used: Standard, rule: RolloutRule, clusters: Sequence[str]) -> None:
    sizes = group_sizes(len(clusters), rule)
    level = 1 - used.rubric.decide.confidence
    ways = arrangements(sizes) if min(sizes) > 0 else 0
    if ways * level >= 1 - 1e-9:
        return
    needed = steps_needed(len(clusters), rule, level)
    everywhere = text(
        "draw among something finer, or begin everywhere at once with --no-rollout: the verdict "
        "then rests on what lies outside the scope and on history"
    )
    in_steps = text(
        "--rollout steps={steps} would do; or begin everywhere at once with --no-rollout: the "
        "verdict then rests on what lies outside the scope and on history",
        steps=needed,
    )
    if not ways:
        message = text(
            "{n} values of {column} are too few for {steps} steps and the hold-out",
            n=len(clusters),
            column=rule.by,
            steps=rule.steps,
        )
    else:
        message = smallest_p(len(clusters), rule.by, ways, level)
    raise UsageError(message, hint=in_steps if needed else everywhere)


def drawn_for(ws: Workspace, number: int, first: date) -> Rollout | None:
    """Draw the lots of an action that begins on ``first``; None where it has no roll-out.

    The draw depends on nothing but the seed, the action's number and the clusters that its
    finding's window saw, so a repeat draws the same.
    """
    with ws.reading() as reader:
        action = reader.action(number)
        if action.rollout is None or action.state is not ActionState.OPEN:
            return None
        wave = reader.wave(reader.finding(action.findings[0]).wave)
    workflow = ws.workflow(action.workflow)
    used, rule = ws.standard(workflow), action.rollout.rule
    clusters = clusters_of(ws, used, wave, action.scope, rule.by)
    _refuse_undecidable(used, rule, clusters)
    window = workflow.window.previous
    return replace(action.rollout, steps=drawn_steps(clusters, rule, action.id, first, window))


def refuse_before_last_step(action: Action, day: date) -> None:
    """An action is done only once its last step has begun.

    Raises:
        RefusedMove: some clusters have yet to begin.
    """
    last = action.rollout.last_start if action.rollout else None
    if last is not None and day < last:
        raise RefusedMove(
            text(
                "the last step of {action} begins on {day}; it can't be closed before",
                action=action_ref(action.id),
                day=last.isoformat(),
            ),
            hint=text(
                "`loopqa action show {action}` lists the steps", action=action_ref(action.id)
            ),
        )


def steps_only(action: Action) -> bool:
    """Whether nobody is left untouched in the end, so that only the steps' windows can tell."""
    return action.rollout is not None and not action.rollout.rule.holdout


def last_mixed_window(workflow: Workflow, action: Action) -> Window | None:
    """Of steps without hold-out: the last whole window before everybody has begun."""
    last = action.rollout.last_start if action.rollout else None
    if last is None or not steps_only(action):
        return None
    return previous_window(last, WindowRule(workflow.window.previous))


def waves_meanwhile(reader: Reader, action: Action, follow_up: Window) -> tuple[Wave, ...]:
    """Waves between the first step and the follow-up, oldest first: they count, too.

    Where all begin at once, those of before the closing day are left out: the action was still
    being put in place.
    """
    rollout = action.rollout
    if rollout is None or not rollout.steps:
        return ()
    since = rollout.steps[0].starts_on if rollout.rule.steps > 1 else action.closed_on
    between = (
        wave
        for wave in reader.waves(workflow=action.workflow)
        if since is not None
        and since <= wave.window.start
        and wave.window.end < follow_up.start
        and not wave.stale
    )
    return apart(between, follow_up)
