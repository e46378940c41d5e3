"""How often verdicts were right and wrong in some of the cycles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loopqa.calc.intervals import wilson
from loopqa.engine.proving.battery import LOOPQA, Cycle
from loopqa.engine.proving.effects import EFFECTS
from loopqa.model.score import Interval
from loopqa.model.verdict import Outcome

PROMISED = 0.05  #: false improved, and false worsened, at most
REAL = tuple(effect.name for effect in EFFECTS if effect.size)
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
        """Whether the share is significantly higher than promised, taken by itself."""
        return self.interval is not None and self.interval[0] > PROMISED

    @property
    def p(self) -> float:
        """Chance of as many or more where the promise is just kept (binomial, exact)."""
        if not self.k:
            return 1.0
        from scipy.special import bdtrc  # noqa: PLC0415 - as in loopqa.calc.intervals

        return float(bdtrc(self.k - 1, self.n, PROMISED))

    def to_dict(self) -> dict[str, Any]:
        """The share as JSON."""
        interval = list(self.interval) if self.interval else None
        return {"k": self.k, "n": self.n, "share": self.value, "interval": interval}


@dataclass(frozen=True)
class Row:
    """What one practice said in some of the cycles."""

    name: str
    cycles: int
    false_improved: Share  #: of the cycles that judge something unchanged: any of it improved
    false_worsened: Share
    found: Mapping[str, Share]  #: by name of the effect: said the right way round
    wrong_sign: Share  #: of the cycles with an effect: said the wrong way round
    false_no_change: Share  #: of the cycles with a large effect: said to be none

    @property
    def errors(self) -> tuple[Share, Share]:
        """The two that a promise is made about."""
        return self.false_improved, self.false_worsened

    @property
    def above_promise(self) -> bool:
        """Whether either error is significantly above the promise, taken by itself."""
        return any(share.above_promise for share in self.errors)

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "name": self.name,
            "cycles": self.cycles,
            "false_improved": self.false_improved.to_dict(),
            "false_worsened": self.false_worsened.to_dict(),
            "found": {name: share.to_dict() for name, share in self.found.items()},
            "wrong_sign": self.wrong_sign.to_dict(),
            "false_no_change": self.false_no_change.to_dict(),
            "above_promise": self.above_promise,
        }


def row(name: str, cycles: Iterable[Cycle], practice: str = LOOPQA) -> Row:
    """One row of the table."""
    spoken = [one for one in cycles if practice in one.said]
    unchanged = [one for one in spoken if 0.0 in one.setting.truth.values()]
    real = [one for one in spoken if any(one.setting.truth.values())]
    found = {
        effect: share([one for one in real if one.setting.effect == effect], _found(practice))
        for effect in REAL
    }
    large = [one for one in real if one.setting.effect == "large"]
    return Row(
        name,
        len(spoken),
        share(unchanged, lambda one: _UP in _on(one, practice, changed=False)),
        share(unchanged, lambda one: _DOWN in _on(one, practice, changed=False)),
        found,
        share(real, _wrong_sign(practice)),
        share(large, lambda one: Outcome.NO_CHANGE in _on(one, practice, changed=True)),
    )


def rows(cycles: Sequence[Cycle], key: Callable[[Cycle], str], order: Iterable[str]) -> list[Row]:
    """A row for each value of ``key`` that occurs, in this order."""
    by_name: dict[str, list[Cycle]] = {}
    for one in cycles:
        by_name.setdefault(key(one), []).append(one)
    return [row(name, by_name[name]) for name in order if name in by_name]


def share(cycles: Sequence[Cycle], holds: Callable[[Cycle], bool]) -> Share:
    """How many of them it holds for."""
    return Share(sum(map(holds, cycles)), len(cycles))


def _on(cycle: Cycle, practice: str, *, changed: bool) -> set[Outcome]:
    """What was said on the dimensions that changed, or on those that did not."""
    truth = cycle.setting.truth
    return {said for name, said in cycle.said[practice].items() if bool(truth[name]) is changed}


def _found(practice: str) -> Callable[[Cycle], bool]:
    """Whether the dimension that was acted on, the first one, was said the right way round."""

    def holds(cycle: Cycle) -> bool:
        name, size = next(iter(cycle.setting.truth.items()))
        return cycle.said[practice][name] is (_UP if size > 0 else _DOWN)

    return holds


def _wrong_sign(practice: str) -> Callable[[Cycle], bool]:
    def holds(cycle: Cycle) -> bool:
        sizes = {name: size for name, size in cycle.setting.truth.items() if size}
        said = cycle.said[practice]
        return any(said[name] is (_DOWN if size > 0 else _UP) for name, size in sizes.items())

    return holds
