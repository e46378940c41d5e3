"""The table of a battery: how often each practice is fooled, what it finds, and where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loopqa.calc.verdict.families import holm
from loopqa.engine.proving.battery import LOOPQA, Battery, Cycle
from loopqa.engine.proving.drifts import Moves
from loopqa.engine.proving.effects import EVIDENCES
from loopqa.engine.proving.evidence import Design, Make, Situation
from loopqa.engine.proving.grounds import FEWER, HIDDEN, PEAK, SHAKEN
from loopqa.engine.proving.loop_summary import LoopTable, loop_table
from loopqa.engine.proving.practices import PRACTICES
from loopqa.engine.proving.rows import PROMISED, Row, Share, row, rows, share
from loopqa.engine.proving.tickets import MEASURES
from loopqa.engine.proving.worlds import Drift
from loopqa.model.verdict import Asked, Outcome

_DRIFTS = tuple(dict.fromkeys([*Drift, *Moves]))
_MEASURES = ("ratings", "several ratings at once", *MEASURES)
_UNCLEAR = (SHAKEN, HIDDEN, FEWER, PEAK)


@dataclass(frozen=True)
class Proof:
    """A battery, summed up; unless said otherwise over the cycles that the evidence can tell."""

    seed: int
    cycles: int
    identified: int
    practices: tuple[Row, ...]  #: LoopQA last
    designs: tuple[Row, ...]  #: LoopQA by who was asked and what it was held against
    makes: tuple[Row, ...]  #: LoopQA by make of the world
    situations: tuple[Row, ...]  #: LoopQA in the varied worlds, by what is hostile
    drifts: tuple[Row, ...]  #: LoopQA by how the world moves
    measures: tuple[Row, ...]  #: LoopQA by what is measured
    unidentified: Row  #: LoopQA where nobody could tell
    unclear: tuple[Row, ...]  #: the same by what can't be told from an effect
    undecidable: Share  #: verdicts other than inconclusive where the decision table allows none
    loops: LoopTable  #: cycles through a whole workspace

    @property
    def loopqa(self) -> Row:
        """LoopQA's own row."""
        return self.practices[-1]

    @property
    def parts(self) -> tuple[Row, ...]:
        """All rows that a promise is made about, but the whole."""
        return (*self.designs, *self.makes, *self.situations, *self.drifts, *self.measures)

    @property
    def breaking(self) -> tuple[Row, ...]:
        """Rows with an error above the promise that chance can't explain.

        The whole is taken by itself. Of its many parts some must look bad by luck, so they are
        tested together (Holm 1979).
        """
        p_values = {
            (at, side): error.p
            for at, part in enumerate(self.parts)
            for side, error in enumerate(part.errors)
        }
        bad = {at for at, _ in holm(p_values, PROMISED / 2)}
        whole = [self.loopqa] if self.loopqa.above_promise else []
        return (*whole, *(self.parts[at] for at in sorted(bad)))

    @property
    def holds(self) -> bool:
        """Whether nothing that is promised is significantly broken."""
        return not (self.undecidable.k or self.breaking or self.loops.broken)

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.prove/1``."""
        return {
            "schema": "loopqa.prove/1",
            "seed": self.seed,
            "cycles": self.cycles,
            "identified": self.identified,
            "promised": PROMISED,
            "holds": self.holds,
            "breaking": [one.name for one in self.breaking],
            "practices": _dicts(self.practices),
            "designs": _dicts(self.designs),
            "makes": _dicts(self.makes),
            "situations": _dicts(self.situations),
            "drifts": _dicts(self.drifts),
            "measures": _dicts(self.measures),
            "unidentified": self.unidentified.to_dict(),
            "unclear": _dicts(self.unclear),
            "undecidable": self.undecidable.to_dict(),
            "loops": self.loops.to_dict(),
        }


def _dicts(several: Sequence[Row]) -> list[dict[str, Any]]:
    return [one.to_dict() for one in several]


def summed_up(battery: Battery) -> Proof:
    """The table of a battery."""
    cycles = battery.cycles
    told = [one for one in cycles if one.identified]
    unseen = [one for one in cycles if one.decidable and not one.identified]
    varied = [one for one in told if one.setting.make is Make.VARIED]
    return Proof(
        battery.seed,
        len(cycles),
        len(told),
        tuple(row(name, told, name) for name in (*PRACTICES, LOOPQA)),
        tuple(_design_row(design, told) for design in designs()),
        tuple(rows(told, lambda one: one.setting.make, Make)),
        tuple(rows(varied, lambda one: one.setting.situation, Situation)),
        tuple(rows(told, lambda one: one.setting.drift, _DRIFTS)),
        tuple(rows(told, lambda one: one.setting.measure, _MEASURES)),
        row("unidentified", unseen),
        tuple(rows(unseen, lambda one: one.setting.unclear, _UNCLEAR)),
        share([one for one in cycles if not one.decidable], _said_something),
        loop_table(battery.loops),
    )


def _said_something(cycle: Cycle) -> bool:
    return set(cycle.said[LOOPQA].values()) != {Outcome.INCONCLUSIVE}


def designs() -> tuple[Design, ...]:
    """The designs that can decide anything, in the order of the decision table."""
    return tuple(
        Design(asked, comparison, history)
        for asked in Asked
        for comparison, history, _ in EVIDENCES
        if comparison or history
    )


def _design_row(design: Design, cycles: Sequence[Cycle]) -> Row:
    return row(design.name, [one for one in cycles if one.setting.design == design])
