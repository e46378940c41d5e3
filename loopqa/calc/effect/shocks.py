"""What earlier windows and other dimensions tell of shocks: movements that no action caused.

Two windows of the history are a comparison in which nothing was done. How far the clusters move
apart in it tells their monthly shocks; how far the scope moves, the drift. The other dimensions of
the same scale tell the same. They are not independent of each other (halo), and their shocks need
not be quite as large, so each counts for a third of a dimension's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from loopqa.calc.effect.contrast import (
    ClusterChange,
    Trace,
    paired,
    pooled_periods,
    trace,
    unpaired,
)
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.drift import LEAST_WINDOWS, Series, series, usable
from loopqa.model.verdict import Arm, Period, Stream

COMPANION = 1 / 3  #: what the evidence of another dimension counts for

Kind = TypeVar("Kind")


@dataclass
class Movements:
    """Traces and series of streams, each worked out once for all questions of a judgement."""

    _known: dict[tuple[object, ...], tuple[object, Any]] = field(default_factory=dict)

    def traces(self, stream: Stream, comparison: bool, method: Method) -> list[Trace]:
        """What is learned of the clusters' shocks beside the stream's own change."""
        found = list(self._placebos(stream, comparison))
        for other in stream.companions:
            beside = (*self._placebos(other, comparison), *self._changes(other, comparison, method))
            found += [replace(one, df=one.df * COMPANION) for one in beside]
        return found

    def levels(self, stream: Stream, comparison: bool) -> list[tuple[Series, float]]:
        """Series of the stream and its companions, with what each counts for."""
        every = [(stream, 1.0), *((other, COMPANION) for other in stream.companions)]
        found = [(self._series(one, comparison), share) for one, share in every]
        return [(points, share) for points, share in found if len(points) >= LEAST_WINDOWS]

    def _placebos(self, stream: Stream, comparison: bool) -> list[Trace]:
        return self.once(
            "placebos", stream.history, comparison, lambda: placebos(stream, comparison)
        )

    def _series(self, stream: Stream, comparison: bool) -> Series:
        return self.once(
            "series",
            stream.history,
            comparison,
            lambda: series(usable(stream.history, comparison), comparison),
        )

    def _changes(self, stream: Stream, comparison: bool, method: Method) -> list[Trace]:
        # An action that moves other dimensions too shifts all clusters of its scope; what their
        # changes differ by is shocks, or larger.
        return self.once(
            "changes", stream.before, comparison, lambda: changes(stream, comparison, method)
        )

    def past(self, stream: Stream, comparison: bool) -> Period:
        """The usable windows of the history as one."""
        return self.once(
            "past",
            stream.history,
            comparison,
            lambda: pooled_periods(usable(stream.history, comparison)),
        )

    def once(self, what: str, of: object, view: object, work: Callable[[], Kind]) -> Kind:
        """The result of ``work``, which depends on ``of`` and the (hashable) ``view`` alone."""
        # Dictionaries have no hash; the object is kept beside the result, so its id stays its own.
        key = (what, id(of), view)
        if key not in self._known:
            self._known[key] = (of, work())
        result: Kind = self._known[key][1]
        return result


def placebos(stream: Stream, comparison: bool) -> list[Trace]:
    """Traces of windows of the history compared with those half a history later.

    Every window is used once, so the traces are independent; the gap lets slow drifts of clusters
    show as they do between baseline and follow-up.
    """
    windows = usable(stream.history, comparison)
    half = len(windows) // 2
    found: list[Trace] = []
    for earlier, later in zip(windows[:half], windows[len(windows) - half :], strict=True):
        arms = [unpaired(earlier.scope, later.scope)]
        if comparison:
            arms.append(unpaired(earlier.comparison, later.comparison))
        found += _traced(arms, 2.0)
    return found


def changes(stream: Stream, comparison: bool, method: Method) -> list[Trace]:
    """The trace of a dimension's own change from the baseline to the follow-up, if there is one.

    Those who scored low on one dimension are nobody in particular on another, so where only they
    were asked there is none.
    """
    match method:
        case Method.PAIRS | Method.PAIRS_TO_HISTORY:
            arms = [paired(stream.pairs.get(arm, {})) for arm in Arm]
        case Method.BASELINE | Method.HISTORY:
            before, after = stream.before, stream.after
            arms = [
                unpaired(before.scope, after.scope),
                unpaired(before.comparison, after.comparison),
            ]
        case _:
            return []
    return _traced(arms if comparison else arms[:1], 2.0)


def _traced(arms: Sequence[Sequence[ClusterChange]], spells: float) -> list[Trace]:
    one = trace([arm for arm in arms if arm], spells)
    return [one] if one else []
