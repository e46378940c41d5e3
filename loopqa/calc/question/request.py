"""What ``loopqa compare`` is asked: where, when, whom and against what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from loopqa.calc.loop.assignment import exposure
from loopqa.model.cycle import Scope
from loopqa.model.verdict import Arm, Asked, Draw, ModeChanged
from loopqa.model.window import Window

HALF = 0.5  #: share of a window from which a cluster counts as one with the action


@dataclass(frozen=True)
class DrawnStarts:
    """A roll-out as a comparison needs it: the days on which the clusters of the scope began."""

    column: str  #: whose values are the clusters
    starts: Mapping[str, date | None]  #: cluster → first day with the action; None: held out
    windows: Mapping[str, Window]  #: label → days, of all windows that take part
    seed: int = 0

    def exposure(self, cluster: str, label: str) -> float:
        """Share of the window in which the cluster had the action."""
        return exposure(self.starts[cluster], self.windows[label])

    def having(self, label: str) -> tuple[str, ...]:
        """The clusters that had the action for at least half of a window, sorted."""
        return tuple(sorted(one for one in self.starts if self.exposure(one, label) >= HALF))

    def seen(self, labels: Sequence[str]) -> Draw:
        """What these windows can tell of the lots."""
        begun = {day for day in self.starts.values() if day is not None}
        return Draw(
            {one: tuple(self.exposure(one, label) for label in labels) for one in self.starts},
            held_out=None in self.starts.values(),
            stepped=len(begun) > 1,
            seed=self.seed,
        )


@dataclass(frozen=True)
class Request:
    """One comparison of two windows; the labels are those of the tally."""

    scope: Scope = ()  #: where the action took place; () is everywhere
    comparison: bool = True  #: use what lies outside the scope
    asked: Asked = Asked.RANDOM
    flagged: str = "lowest"  #: how the cell was picked: lowest, below or named
    low_at_most: float = 2.0
    mode_changed: ModeChanged = ModeChanged.NO
    exclude: Scope = ()  #: cases with any of these values leave the comparison
    cluster: tuple[str, ...] = ()  #: columns that share shocks, coarse to fine
    dimensions: tuple[str, ...] | None = None  #: those to ask about; None: all
    before: str = "before"
    after: str = "after"
    history: tuple[str, ...] = ()  #: oldest first, unless ``starts`` or the labels tell the dates
    window_days_apart: int = 0  #: from the baseline's start to the follow-up's; 0: not known
    starts: Mapping[str, date] = field(default_factory=dict)  #: label → first day of the window
    drawn: DrawnStarts | None = None  #: lots decided which clusters begin when
    invited: Mapping[tuple[Arm, str], int] = field(default_factory=dict)
    """(arm, ``before`` or ``after``) → customers invited, where the input does not tell."""
    separate: frozenset[str] = frozenset()  #: dimensions whose indicators no case has together

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the tally must be grouped by, each once."""
        names = [column for column, _ in (*self.scope, *self.exclude)] + list(self.cluster)
        return tuple(dict.fromkeys(names))

    @property
    def windows(self) -> tuple[str, ...]:
        """Labels of all windows that take part."""
        return (self.before, self.after, *self.history)

    @property
    def days_apart(self) -> int:
        """Days from the baseline's start to the follow-up's; 0 where they are not known."""
        return self.window_days_apart or self.day(self.after) or 0

    def day(self, label: str) -> int | None:
        """Days from the baseline's start to this window's; None where dates are not known.

        Dates are those given in ``starts``, or the ones a label like
        ``2026-03-01..2026-03-31`` says itself.
        """
        start, origin = self._start(label), self._start(self.before) or self._last_start
        return (start - origin).days if start and origin else None

    @property
    def _last_start(self) -> date | None:
        """Any known day serves as origin: only distances between windows are used."""
        known = [start for label in self.history if (start := self._start(label))]
        return max(known, default=None)

    def _start(self, label: str) -> date | None:
        if label in self.starts:
            return self.starts[label]
        try:
            return Window.parse(label).start
        except ValueError:
            return None
