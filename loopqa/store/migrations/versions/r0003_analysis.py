"""What the analysers found out, kept with the wave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the table of analyses."""
    op.create_table(
        "analysis",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("analyser", sa.String(), nullable=False),
        sa.Column("insight", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_analysis_wave_wave"),
        sa.PrimaryKeyConstraint("id", name="pk_analysis"),
        sa.UniqueConstraint(
            "wave", "finding", "position", name="uq_analysis_wave_finding_position"
        ),
    )
    op.create_index("ix_analysis_finding", "analysis", ["finding"])
