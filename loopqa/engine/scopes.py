"""Scopes as conditions on the groups of a tally.

A part of a sample that was drawn by strata can't be cut out before it is counted: what an answer
stands for is known from the whole sample only. So all of it is counted, by the scope's columns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from loopqa.model.cycle import Scope
from loopqa.model.tally import Group


def columns_in(scope: Scope) -> tuple[str, ...]:
    """The columns of a scope, each once."""
    return tuple(dict.fromkeys(column for column, _ in scope))


def inside(by: Sequence[str], scope: Scope) -> Callable[[Group], bool]:
    """Whether a group of the columns ``by`` meets all conditions of a scope.

    >>> inside(("channel", "team"), (("team", ("T1",)),))(("phone", "T1"))
    True
    """
    wanted = [(by.index(column), frozenset(values)) for column, values in scope]
    return lambda group: all(group[place] in values for place, values in wanted)
