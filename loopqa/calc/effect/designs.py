"""The decision table: which evidence allows which method, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from loopqa.language import Text, text
from loopqa.model.verdict import Asked


class Method(Enum):
    """How the change of a cluster is measured."""

    BASELINE = auto()  #: follow-up mean minus baseline mean
    HISTORY = auto()  #: follow-up mean minus the mean of all earlier windows
    PAIRS = auto()  #: mean difference of the same customers
    PAIRS_TO_HISTORY = auto()  #: the same customers beyond the line of their earlier scores
    LOW_TO_HISTORY = auto()  #: low scorers beyond their regression line, mean from the history
    LOW_TO_BASELINE = auto()  #: the same, mean from the whole baseline
    LOTS = auto()  #: clusters that lots let begin, against those that they did not


class Drift(Enum):
    """What is allowed for the scope's own movement."""

    SHOCK = auto()  #: measured local shock, as often as the estimate holds one
    LAG = auto()  #: measured movement of the scope over the same lag
    ALLOWANCE = auto()  #: the rubric's ``local_drift``, twice: it can't be measured
    NONE = auto()  #: none: what moves clusters by themselves is in the reference distribution


@dataclass(frozen=True)
class Design:
    """One row of the decision table."""

    method: Method
    drift: Drift
    flag: bool  #: whether the flagged month takes part, so that its luck must be taken out
    flag_shock: bool  #: whether that luck includes the month's own local shock
    strict: bool = False  #: half the error a side: drift over a lag is known by few windows only
    strict_if_shocks: bool = False  #: half the error a side where local shocks were measured
    assumptions: tuple[Text, ...] = ()


PARALLEL = text(
    "scope and comparison would have moved alike, apart from the monthly shocks seen in the history"
)
NO_LOCAL_SHOCK = text(
    "assumes no local shock: nothing but the action moved the scope apart from the comparison by "
    "more than the rubric's local drift"
)
AS_IN_HISTORY = text(
    "without the action the scope would have drifted as it did in the history; the verdict is not "
    "separated from anything else that began at the same time"
)
SAME_RESPONSE = text("who answers the second time does not depend on the action")
ONE_LINE = text(
    "later scores of low scorers lie on a straight line of the earlier ones, with the same slope "
    "in scope and comparison"
)
STRAIGHT_LINE = text("later scores of low scorers lie on a straight line of the earlier ones")
NO_OTHER_ACTION = text("no other action ran in the comparison")

_RANDOM, _SAME, _LOW = Asked.RANDOM, Asked.SAME, Asked.LOW

#: (who was asked, comparison, history) → design; what is absent can't be decided
TABLE: Mapping[tuple[Asked, bool, bool], Design] = {
    (_RANDOM, True, True): Design(
        Method.HISTORY,
        Drift.SHOCK,
        flag=False,
        flag_shock=False,
        assumptions=(PARALLEL, NO_OTHER_ACTION),
    ),
    (_RANDOM, True, False): Design(
        Method.BASELINE,
        Drift.ALLOWANCE,
        flag=True,
        flag_shock=True,
        assumptions=(NO_LOCAL_SHOCK, NO_OTHER_ACTION),
    ),
    (_RANDOM, False, True): Design(
        Method.BASELINE,
        Drift.LAG,
        flag=True,
        flag_shock=True,
        strict=True,
        assumptions=(AS_IN_HISTORY,),
    ),
    (_SAME, True, True): Design(
        Method.PAIRS_TO_HISTORY,
        Drift.SHOCK,
        flag=True,
        flag_shock=True,
        strict_if_shocks=True,
        assumptions=(PARALLEL, SAME_RESPONSE, NO_OTHER_ACTION),
    ),
    (_SAME, True, False): Design(
        Method.PAIRS,
        Drift.ALLOWANCE,
        flag=True,
        flag_shock=True,
        assumptions=(NO_LOCAL_SHOCK, SAME_RESPONSE, NO_OTHER_ACTION),
    ),
    (_SAME, False, True): Design(
        Method.PAIRS,
        Drift.LAG,
        flag=True,
        flag_shock=True,
        strict=True,
        assumptions=(AS_IN_HISTORY, SAME_RESPONSE),
    ),
    (_LOW, True, True): Design(
        Method.LOW_TO_HISTORY,
        Drift.SHOCK,
        flag=True,
        flag_shock=True,
        assumptions=(PARALLEL, ONE_LINE, SAME_RESPONSE, NO_OTHER_ACTION),
    ),
    (_LOW, True, False): Design(
        Method.LOW_TO_BASELINE,
        Drift.ALLOWANCE,
        flag=True,
        flag_shock=False,  # the allowance in the variance alone holds the error here
        assumptions=(NO_LOCAL_SHOCK, ONE_LINE, SAME_RESPONSE, NO_OTHER_ACTION),
    ),
    (_LOW, False, True): Design(
        Method.LOW_TO_BASELINE,
        Drift.LAG,
        flag=True,
        flag_shock=True,
        strict=True,
        assumptions=(AS_IN_HISTORY, STRAIGHT_LINE, SAME_RESPONSE),
    ),
}

DRAWN = text("lots decided which clusters begin when, and it was kept to")
NO_SPILL = text("what is done in one cluster does not reach the others")
SAME_EVERYWHERE = text("the interval, not the verdict, takes the action to add as much everywhere")

#: beside the table: lots make a comparison of their own, whoever was asked
RANDOMISED = Design(
    Method.LOTS,
    Drift.NONE,
    flag=False,
    flag_shock=False,
    assumptions=(DRAWN, NO_SPILL, SAME_EVERYWHERE),
)
