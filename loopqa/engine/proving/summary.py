"""The table of a battery: how often each practice is fooled, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from loopqa.calc.intervals import wilson
from loopqa.engine.proving.battery import EFFECTS, EVIDENCES, LOOPQA, Cycle
from loopqa.engine.proving.judging import Design
from loopqa.engine.proving.practices import PRACTICES
from loopqa.model.score import Interval
from loopqa.model.verdict import Asked, Outcome

PROMISED = 0.05  #: false improved, and false worsened, at most
REAL = tuple(name for name, size, _ in EFFECTS if size)
_UP, _DOWN = Outcome.IMPROVED, Outcome.WORSENED


@dataclass(frozen=True)
class Share:
    """How many of how many."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval."""
        return wilson(self.k, self.n)

    @property
    def above_promise(self) -> bool:
        """Whether the share is significantly higher than promised."""
        return self.interval is not None and self.interval[0] > PROMISED

    def to_dict(self) -> dict[str, Any]:
        """The share as JSON."""
        interval = list(self.interval) if self.interval else None
        return {"k": self.k, "n": self.n, "share": self.value, "interval": interval}


@dataclass(frozen=True)
class Row:
    """What one practice said in some of the cycles."""

    name: str
    false_improved: Share  #: of the cycles whose action did nothing
    false_worsened: Share
    found: dict[str, Share]  #: by name of the effect: said the right way round
    wrong_sign: Share  #: of the cycles with an effect: said the wrong way round

    @property
    def breaks_promise(self) -> bool:
        """Whether either error is significantly above the promise."""
        return self.false_improved.above_promise or self.false_worsened.above_promise

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "name": self.name,
            "false_improved": self.false_improved.to_dict(),
            "false_worsened": self.false_worsened.to_dict(),
            "found": {name: share.to_dict() for name, share in self.found.items()},
            "wrong_sign": self.wrong_sign.to_dict(),
        }


@dataclass(frozen=True)
class Proof:
    """A battery, summed up."""

    seed: int
    cycles: int
    practices: tuple[Row, ...]  #: over all cycles that the evidence can tell; LoopQA last
    designs: tuple[Row, ...]  #: LoopQA by design, over the same cycles
    unidentified: Row  #: LoopQA where nobody could tell: local shocks that no history shows
    undecidable: Share  #: verdicts other than inconclusive with neither comparison nor history

    @property
    def loopqa(self) -> Row:
        """LoopQA's own row."""
        return self.practices[-1]

    @property
    def holds(self) -> bool:
        """Whether nothing that is promised is significantly broken."""
        rows = (self.loopqa, *self.designs)
        return not self.undecidable.k and not any(row.breaks_promise for row in rows)

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.prove/1``."""
        return {
            "schema": "loopqa.prove/1",
            "seed": self.seed,
            "cycles": self.cycles,
            "promised": PROMISED,
            "holds": self.holds,
            "practices": [row.to_dict() for row in self.practices],
            "designs": [row.to_dict() for row in self.designs],
            "unidentified": self.unidentified.to_dict(),
            "undecidable": self.undecidable.to_dict(),
        }


def summed_up(cycles: Sequence[Cycle], seed: int) -> Proof:
    """The table of these cycles."""
    told = [one for one in cycles if one.identified]
    unseen = [one for one in cycles if one.decidable and not one.identified]
    nothing = [one for one in cycles if not one.decidable]
    return Proof(
        seed,
        len(cycles),
        tuple(_row(name, name, told) for name in (*PRACTICES, LOOPQA)),
        tuple(_design_row(design, told) for design in designs()),
        _row("unidentified", LOOPQA, unseen),
        _share(nothing, lambda one: one.said[LOOPQA] is not Outcome.INCONCLUSIVE),
    )


def designs() -> tuple[Design, ...]:
    """The designs that can decide anything, in the order of the decision table."""
    return tuple(
        Design(asked, comparison, history)
        for asked in Asked
        for comparison, history, _ in EVIDENCES
        if comparison or history
    )


def _design_row(design: Design, cycles: Iterable[Cycle]) -> Row:
    return _row(design.name, LOOPQA, [one for one in cycles if one.design == design])


def _row(name: str, practice: str, cycles: Iterable[Cycle]) -> Row:
    spoken = [one for one in cycles if practice in one.said]
    placebo = [one for one in spoken if not one.size]
    real = [one for one in spoken if one.size]
    found = {
        effect: _share(
            [one for one in real if one.effect == effect],
            lambda one: one.said[practice] is (_UP if one.size > 0 else _DOWN),
        )
        for effect in REAL
    }
    return Row(
        name,
        _share(placebo, lambda one: one.said[practice] is _UP),
        _share(placebo, lambda one: one.said[practice] is _DOWN),
        found,
        _share(real, lambda one: one.said[practice] is (_DOWN if one.size > 0 else _UP)),
    )


def _share(cycles: Sequence[Cycle], holds: Callable[[Cycle], bool]) -> Share:
    return Share(sum(holds(one) for one in cycles), len(cycles))
