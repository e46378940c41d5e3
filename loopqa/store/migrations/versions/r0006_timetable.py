"""Slots of schedules, the outbox, and who ticks; re-surveys are tried again with patience."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _have_ticks_look() -> None:
    """Rows that are under way are looked at by the next tick, and by an index from then on."""
    op.add_column("action", sa.Column("look_on", sa.Date(), nullable=True))
    op.add_column("resurvey", _moment("look_at", nullable=True))
    op.execute("UPDATE action SET look_on = '2000-01-01' WHERE state IN ('open', 'started')")
    op.execute("UPDATE resurvey SET look_at = due_at WHERE state IN ('asking', 'comparing')")
    for table, name in (("action", "look_on"), ("resurvey", "look_at"), ("resurvey", "retry_at")):
        filled = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_{table}_{name}", table, [name], sqlite_where=filled, postgresql_where=filled
        )


def upgrade() -> None:
    """Add three tables, and what the clock needs to know of notices and re-surveys."""
    op.add_column("notice", sa.Column("workflow", sa.String(), nullable=False, server_default=""))
    attempts = sa.Column("attempts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("resurvey", attempts)
    op.add_column("resurvey", _moment("retry_at", nullable=True))
    _have_ticks_look()
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        _moment("due_at"),
        sa.Column("wall", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("next_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=True),
        sa.Column("window_end", sa.Date(), nullable=True),
        sa.Column("wave", sa.Integer(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        _moment("lease_until", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_slot"),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_slot_wave_wave"),
        sa.UniqueConstraint("workflow", "due_at", name="uq_slot_workflow_due_at"),
    )
    op.create_index("ix_slot_state_next_at", "slot", ["state", "next_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("notice", sa.Integer(), nullable=False),
        sa.Column("notifier", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("next_at"),
        _moment("created_at"),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        _moment("ended_at", nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        _moment("lease_until", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["notice"], ["notice.id"], name="fk_outbox_notice_notice"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_state_next_at", "outbox", ["state", "next_at"])
    op.create_index("ix_outbox_notice", "outbox", ["notice"])
    op.create_table(
        "ticker",
        sa.Column("id", sa.String(), nullable=False),
        _moment("started_at"),
        _moment("beat_at"),
        _moment("ticked_at", nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ticker"),
    )
