"""How many were invited, as people say it: ``{"before": 400, "after": 350}``."""

from __future__ import annotations

from collections.abc import Mapping

from loopqa.errors import UsageError
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.model.verdict import Arm

_PLACES = {
    "before": (Arm.SCOPE, "before"),
    "after": (Arm.SCOPE, "after"),
    "comparison-before": (Arm.COMPARISON, "before"),
    "comparison-after": (Arm.COMPARISON, "after"),
}
_HALVES = (("before", "after"), ("comparison-before", "comparison-after"))


def invitations_from(given: Mapping[str, int] | None) -> dict[tuple[Arm, str], int]:
    """Customers invited by arm and period.

    Raises:
        UsageError: an unknown name, no whole number above 0, or one period without the other.
    """
    known = dict(given or {})
    for name, count in known.items():
        if name not in _PLACES:
            raise UsageError(
                text("invited has no '{name}'", name=name),
                hint=did_you_mean(name, tuple(_PLACES))
                or text("its names are {names}", names=", ".join(_PLACES)),
            )
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise UsageError(
                text("invited {name} can't be {value}; it is 1 or above", name=name, value=count)
            )
    for half in _HALVES:
        if len(known.keys() & set(half)) == 1:
            raise UsageError(
                text(
                    "response rates take both {first} and {second}", first=half[0], second=half[1]
                ),
                hint=text("say how many were invited in each of the two periods"),
            )
    if "comparison-before" in known and "before" not in known:
        raise UsageError(
            text("those invited to the comparison are of no use without those in the scope"),
            hint=text("give before and after as well"),
        )
    return {_PLACES[name]: count for name, count in known.items()}
