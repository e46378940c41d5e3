"""Look-ups that every change makes: plain statements that are built once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from loopqa.store.tables import ActionFindingRow, ActionRow, AuditRow, ReSurveyRow, RubricRow


def _columns(table: Any) -> Any:
    return table.__table__.c


_link, _rubric, _audit = map(_columns, (ActionFindingRow, RubricRow, AuditRow))
_resurvey, _action = map(_columns, (ReSurveyRow, ActionRow))

FINDINGS_OF_ACTION = (
    select(_link.finding).where(_link.action == bindparam("action")).order_by(_link.position)
)
PINNED = select(_rubric.hash).where(_rubric.hash == bindparam("hash"))
LAST_LINK = select(_audit.sequence, _audit.hash).order_by(_audit.sequence.desc()).limit(1)
RESURVEY_VERSIONS = select(_resurvey.id, _resurvey.version).where(
    _resurvey.id.in_(bindparam("numbers", expanding=True))
)
ACTIONS = select(*_action).order_by(_action.id)
LINKS_OF_ACTIONS = (
    select(_link.action, _link.finding)
    .join_from(ActionFindingRow.__table__, ActionRow.__table__)  # type: ignore[attr-defined]
    .order_by(_link.position)
)
