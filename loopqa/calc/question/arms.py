"""Which arm, cluster and cell a group of the tally belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from loopqa.calc.question.request import Request
from loopqa.model.cycle import Scope
from loopqa.model.tally import Group
from loopqa.model.verdict import Arm

LEAST_TEAMS = 4  #: fewer coarse clusters in all, and the next finer ones are used

Cell = tuple[str, ...]
SCOPE_CELL: Cell = ()  #: the scope's own cell, however many values it has


@dataclass(frozen=True)
class Seat:
    """Where a group sits."""

    arm: Arm | None  #: None: excluded from the comparison, or no comparison is wanted
    cluster: str
    cell: Cell


class Arms:
    """Seats of all groups of one tally under one request.

    ``groups`` are those with answers before or after: they decide which cluster column is used.
    """

    def __init__(self, request: Request, by: tuple[str, ...], groups: Iterable[Group]) -> None:
        self._request = request
        self._place = {column: by.index(column) for column in request.columns}
        self._groups = frozenset(groups)
        self._seats: dict[Group, Seat] = {}

    def seat(self, group: Group) -> Seat:
        """Where a group sits; worked out once for each group."""
        known = self._seats.get(group)
        if known is None:
            cluster = self._cluster(group, self.columns)
            known = self._seats[group] = Seat(self._arm(group), cluster, self._cell(group))
        return known

    @cached_property
    def natural(self) -> bool:
        """Whether the segments themselves are the clusters, for want of a cluster column.

        How the other segments moved by themselves then says how far one segment moves (Conley &
        Taber 2011). It takes four of them in all.
        """
        scope = tuple(column for column, _ in self._request.scope)
        return not self._request.cluster and bool(scope) and sum(self._counts(scope)) >= LEAST_TEAMS

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The cluster columns in use: the coarsest, unless it has too few values."""
        if self.natural:
            return tuple(column for column, _ in self._request.scope)
        cluster = self._request.cluster
        depths = range(1, len(cluster))
        enough = (d for d in depths if sum(self._counts(cluster[:d])) >= LEAST_TEAMS)
        return cluster[: next(enough, len(cluster))]

    @property
    def teams(self) -> tuple[int, int] | None:
        """Coarsest clusters in scope and comparison; None where no clusters are known."""
        return self._counts(self.columns[:1]) if self.columns else None

    @property
    def cluster_name(self) -> str:
        """The finest cluster column in use; "" without one."""
        return self.columns[-1] if self.columns else ""

    @property
    def team_name(self) -> str:
        """The coarsest cluster column; "" without one."""
        return self.columns[0] if self.columns else ""

    def _counts(self, columns: tuple[str, ...]) -> tuple[int, int]:
        seen = {(self._arm(group), self._cluster(group, columns)) for group in self._groups}
        scope = sum(arm is Arm.SCOPE for arm, _ in seen)
        return scope, sum(arm is Arm.COMPARISON for arm, _ in seen)

    def _cluster(self, group: Group, columns: tuple[str, ...]) -> str:
        return "/".join(group[self._place[column]] for column in columns)

    def _arm(self, group: Group) -> Arm | None:
        if self._inside(group):
            return Arm.SCOPE
        if not self._request.comparison or self._matches_any(group, self._request.exclude):
            return None
        return Arm.COMPARISON

    def _inside(self, group: Group) -> bool:
        return all(group[self._place[column]] in values for column, values in self._request.scope)

    def _matches_any(self, group: Group, scope: Scope) -> bool:
        return any(group[self._place[column]] in values for column, values in scope)

    def _cell(self, group: Group) -> Cell:
        if self._inside(group):
            return SCOPE_CELL
        return tuple(group[self._place[column]] for column, _ in self._request.scope)
