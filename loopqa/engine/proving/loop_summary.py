"""What the cycles through a workspace came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loopqa.engine.proving.loops import Loop
from loopqa.engine.proving.rows import Share
from loopqa.model.verdict import Outcome


@dataclass(frozen=True)
class LoopTable:
    """Cycles through a whole workspace, summed up."""

    cycles: int
    resurveys: int
    verdicts: int
    lost: int  #: re-surveys and verdicts that should be there and are not
    twice: int  #: re-surveys and verdicts that are there more than once
    rules: tuple[str, ...]  #: names of the rules that were broken anywhere
    false_improved: Share  #: of the cycles whose action did nothing: any dimension improved
    false_worsened: Share
    found: Share  #: of the cycles whose action did something: said the right way round

    @property
    def broken(self) -> bool:
        """Whether the loop itself failed anywhere, or is fooled more than chance allows."""
        fooled = self.false_improved.above_promise or self.false_worsened.above_promise
        return bool(self.lost or self.twice or self.rules or fooled)

    def to_dict(self) -> dict[str, Any]:
        """The part ``loops`` of the document ``loopqa.prove/1``."""
        return {
            "cycles": self.cycles,
            "resurveys": self.resurveys,
            "verdicts": self.verdicts,
            "lost": self.lost,
            "twice": self.twice,
            "broken_rules": list(self.rules),
            "false_improved": self.false_improved.to_dict(),
            "false_worsened": self.false_worsened.to_dict(),
            "found": self.found.to_dict(),
        }


def loop_table(loops: Sequence[Loop]) -> LoopTable:
    """Sum up cycles through a workspace."""
    placebo = [one for one in loops if not one.size]
    real = [one for one in loops if one.size]
    return LoopTable(
        len(loops),
        sum(one.ledger.resurveys for one in loops),
        sum(one.ledger.verdicts for one in loops),
        sum(one.ledger.lost for one in loops),
        sum(one.ledger.twice for one in loops),
        tuple(sorted({rule for one in loops for rule in one.ledger.broken})),
        _said(placebo, Outcome.IMPROVED),
        _said(placebo, Outcome.WORSENED),
        Share(sum(map(_found, real)), len(real)),
    )


def _said(loops: Sequence[Loop], outcome: Outcome) -> Share:
    return Share(sum(outcome in one.said.values() for one in loops), len(loops))


def _found(loop: Loop) -> bool:
    right = Outcome.IMPROVED if loop.size > 0 else Outcome.WORSENED
    return any(said is right for name, said in loop.said.items() if loop.truth[name])
