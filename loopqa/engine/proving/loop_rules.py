"""What must hold of a workspace after an action has been through its rounds.

The rules are written down here once more, apart from the code that is to keep them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loopqa.engine.tick import TickReport
from loopqa.model.cycle import Action, ActionState, Finding, FindingState, ReSurveyState, Verdict
from loopqa.model.verdict import Outcome
from loopqa.store.door import Reader

_ENDED = frozenset({FindingState.RESOLVED, FindingState.CARRIED_OVER, FindingState.DISMISSED})


@dataclass
class Trace:
    """What was noted while a cycle went through its workspace."""

    action: int = 0
    failures: list[str] = field(default_factory=list)  #: that ticks told of
    idle: list[TickReport] = field(default_factory=list)  #: of ticks with nothing left to do


@dataclass(frozen=True)
class Ledger:
    """How many re-surveys and verdicts there are, and which rules are broken."""

    resurveys: int
    verdicts: int
    lost: int  #: rounds without a re-survey that is done, dimensions without a verdict
    twice: int  #: re-surveys and verdicts beyond the first of one round (and dimension)
    broken: tuple[str, ...]  #: names of rules


def ledger(reader: Reader, trace: Trace) -> Ledger:
    """Count what is there, and check it."""
    action = reader.action(trace.action)
    resurveys = reader.resurveys(action=action.id)
    verdicts = [one for one in reader.verdicts(action.id) if one.judgement.primary]
    rounds = Counter(one.round for one in resurveys if one.state is ReSurveyState.DONE)
    reached = Counter((one.round, one.judgement.dimension) for one in verdicts)
    due = range(1, action.round + 1)
    wanted = [(number, name) for number in due for name in action.dimensions]
    return Ledger(
        len(resurveys),
        len(verdicts),
        sum(not rounds[number] for number in due) + sum(not reached[one] for one in wanted),
        _beyond_the_first(Counter(one.round for one in resurveys)) + _beyond_the_first(reached),
        tuple(_broken(reader, trace, action, verdicts)),
    )


def _beyond_the_first(counts: Mapping[Any, int]) -> int:
    return sum(counts.values()) - len(counts)


def _broken(
    reader: Reader, trace: Trace, action: Action, verdicts: Sequence[Verdict]
) -> Iterator[str]:
    if trace.failures:
        yield "no tick fails"
    if any(_did_something(one) for one in trace.idle):
        yield "a second tick does nothing"
    if reader.verify_audit() is not None:
        yield "the audit chain is whole"
    if action.state is not action_should_be(verdicts):
        yield "the action ends as its verdicts say"
    findings = reader.findings()
    own = [one for one in findings if one.id in action.findings]
    if any(one.state is not finding_should_be(one, verdicts) for one in own):
        yield "findings end as their verdicts say"
    if not all(_followed_up(one, findings) for one in own):
        yield "what is carried over has one successor, and nothing else has any"
    alive = Counter((one.lineage, one.scope) for one in findings if one.state not in _ENDED)
    if any(count > 1 for count in alive.values()):
        yield "a cell has one unfinished finding at most"


def _did_something(report: TickReport) -> bool:
    return bool(report.begun or report.verdicts or report.carried or report.next_rounds)


def finding_should_be(finding: Finding, verdicts: Sequence[Verdict]) -> FindingState:
    """By the first verdict that says anything: solved only where improved and on target."""
    own = [one for one in verdicts if one.judgement.dimension == finding.dimension]
    telling = [one for one in own if one.outcome is not Outcome.INCONCLUSIVE]
    solved = telling and telling[0].outcome is Outcome.IMPROVED and telling[0].target_met
    return FindingState.RESOLVED if solved else FindingState.CARRIED_OVER


def action_should_be(verdicts: Sequence[Verdict]) -> ActionState:
    """By the last round: harm first, then success; without either it stays closed."""
    last = max(one.round for one in verdicts)
    said = {one.outcome for one in verdicts if one.round == last}
    if Outcome.WORSENED in {one.outcome for one in verdicts}:
        return ActionState.INEFFECTIVE
    if Outcome.IMPROVED in said:
        return ActionState.VERIFIED
    return ActionState.INEFFECTIVE if said == {Outcome.NO_CHANGE} else ActionState.CLOSED


def _followed_up(finding: Finding, findings: Sequence[Finding]) -> bool:
    successors = [one for one in findings if one.carried_from == finding.id]
    if finding.state is not FindingState.CARRIED_OVER:
        return not successors
    return [one.cycle for one in successors] == [finding.cycle + 1]
