"""Groups of fewer than five people are not shown, and can't be found by subtraction either."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST_GROUP = 5


def is_small(n: int) -> bool:
    """Whether a group is too small to be shown. Nobody at all gives nobody away, but no value."""
    return n < SMALLEST_GROUP


def hidden_groups(sizes: Sequence[int]) -> frozenset[int]:
    """Positions of the groups to hide out of groups that add up to a published total.

    Small groups are hidden. If what is hidden together is itself a small group, total minus the
    shown groups would give it away: then the next larger groups are hidden too.

    >>> sorted(hidden_groups([40, 3, 12, 25]))
    [1, 2]
    >>> sorted(hidden_groups([40, 4, 4, 25]))
    [1, 2]
    """
    order = sorted((position for position, n in enumerate(sizes) if n > 0), key=sizes.__getitem__)
    hidden = [position for position in order if is_small(sizes[position])]
    while hidden and len(hidden) < len(order) and _gives_away(hidden, sizes):
        hidden.append(order[len(hidden)])
    return frozenset(hidden) | {position for position, n in enumerate(sizes) if n == 0}


def _gives_away(hidden: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether the hidden groups are one group, or together a small one."""
    return len(hidden) == 1 or is_small(sum(sizes[position] for position in hidden))
