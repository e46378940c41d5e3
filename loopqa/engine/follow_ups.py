"""What is said of verdicts that rest on reviews of no drawn sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.engine.reviewing import not_drawn
from loopqa.engine.waves import Read, workflow_of

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.model.verdict import Judgement


def with_unsampled(
    judgements: Sequence[Judgement], used: Standard, read: Read
) -> tuple[Judgement, ...]:
    """The judgements; those that rest on reviews of no sample say so."""
    told = not_drawn(used, read)
    rule = workflow_of(used).sample
    if rule is None or not told:
        return tuple(judgements)
    reviewed = {key.partition(".")[0] for key in read.cases[rule.for_input].indicators}
    return tuple(
        replace(one, assumptions=(*one.assumptions, *told)) if one.dimension in reviewed else one
        for one in judgements
    )
