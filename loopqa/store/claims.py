"""Claims: one re-survey is compared by one process at a time, and by another if that one dies.

A claim is the state ``comparing`` with a lease in the row. The record's version is the fence: who
finishes must hold the version that the claim returned, and giving the work to somebody else raises
it. So a process that was only slow is refused at the end, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from loopqa.errors import StaleVersion
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, ReSurveyState
from loopqa.store.changing import Changing
from loopqa.store.due_reader import Place
from loopqa.store.leases import FREE, LEASE, after_loss, held
from loopqa.store.record_kinds import ACTION, RESURVEY
from loopqa.store.tables import ReSurveyRow


class Claims(Changing):
    """Changes of re-surveys, claims included."""

    def add_resurvey(self, resurvey: ReSurvey) -> ReSurvey:
        """Add a round of re-survey.

        Raises:
            StaleVersion: the action has this round already.
        """
        self._refuse_second(
            ReSurveyRow,
            text(
                "round {round} of action {ref} was scheduled by somebody else meanwhile",
                round=resurvey.round,
                ref=ACTION.ref(resurvey.action),
            ),
            action=resurvey.action,
            round=resurvey.round,
        )
        return self._add(RESURVEY, resurvey, "resurvey.scheduled")

    def change_resurvey(self, resurvey: ReSurvey, *, event: str, **changes: Any) -> ReSurvey:
        """Change a re-survey; leaving ``comparing`` ends the claim on it.

        Raises:
            StaleVersion: somebody else changed it meanwhile, or took a lost claim over.
            RefusedMove: its lifecycle does not allow the new state.
        """
        (changed,) = self.change_resurveys([(resurvey, changes)], event=event)
        return changed

    def change_resurveys(
        self, wanted: Sequence[tuple[ReSurvey, Mapping[str, Any]]], *, event: str
    ) -> list[ReSurvey]:
        """Change the same fields of several re-surveys at once; see :meth:`change_resurvey`."""
        return self._change_all(RESURVEY, wanted, event, **FREE)

    def claim_due(
        self, limit: int = 50, lease: timedelta = LEASE, after: Place | None = None
    ) -> tuple[ReSurvey, ...]:
        """Claim re-surveys whose window is complete and settled, the longest waiting first.

        Those that failed wait for their ``retry_at``. ``after`` is where an earlier batch ended.
        What was claimed comes back ``comparing``. Compute outside the transaction; then, in another
        one, add the verdicts and ``change_resurvey(claimed, state=DONE, ...)``: StaleVersion there
        means that the claim was lost, and rolls everything back.
        """
        self.reap_claims()
        found = self.ready_resurveys(self._now, limit, after)
        return tuple(self._claim_resurveys(found, "resurvey.comparing", {}, lease))

    def claim_resurvey(
        self,
        resurvey: ReSurvey,
        *,
        lease: timedelta = LEASE,
        event: str = "resurvey.comparing",
        **changes: Any,
    ) -> ReSurvey:
        """Claim one re-survey that is ``asking``, whether its time has come or not.

        Raises:
            StaleVersion: somebody else changed it meanwhile, or is comparing it.
            RefusedMove: it is in another state.
        """
        if resurvey.state is ReSurveyState.COMPARING:
            raise StaleVersion(
                text("re-survey {ref} is being compared already", ref=RESURVEY.ref(resurvey.id)),
                hint=text("wait until the other command is done"),
            )
        (claimed,) = self._claim_resurveys([resurvey], event, changes, lease)
        return claimed

    def _claim_resurveys(
        self, found: Sequence[ReSurvey], event: str, changes: Mapping[str, Any], lease: timedelta
    ) -> list[ReSurvey]:
        changes = {**changes, "state": ReSurveyState.COMPARING}
        wanted = [(one, {**changes, "attempts": one.attempts + 1}) for one in found]
        return self._change_all(RESURVEY, wanted, event, **held(self._now, lease))

    def release_resurvey(
        self, resurvey: ReSurvey, *, event: str = "resurvey.released", **changes: Any
    ) -> ReSurvey:
        """Give a claim up, so that the next tick takes it again.

        Raises:
            StaleVersion: the claim was lost already.
        """
        return self.change_resurvey(resurvey, event=event, state=ReSurveyState.ASKING, **changes)

    def reap_claims(self) -> tuple[ReSurvey, ...]:
        """Take claims back whose lease ran out, or whose process has died on this machine."""
        return tuple(
            self.release_resurvey(
                one,
                event="resurvey.claim_lost",
                retry_at=after_loss(self._now, one.id, one.attempts),
            )
            for one in self.lost_resurveys(self._now)
        )
