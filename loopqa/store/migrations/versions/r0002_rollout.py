"""Actions that begin in clusters chosen by lot keep the rule and the draw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; actions of before have no roll-out."""
    op.add_column("action", sa.Column("rollout", sa.JSON(), nullable=True))
