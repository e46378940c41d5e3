"""The state of the loop: rubrics, waves, findings, actions, re-surveys, verdicts, audit chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables; the caller's transaction holds them together."""
    _rubric()
    _wave()
    _finding()
    _action()
    _action_finding()
    _resurvey()
    _verdict()
    _note()
    _notice()
    _audit()


def _rubric() -> None:
    op.create_table(
        "rubric",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("rubric", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_rubric"),
    )


def _wave() -> None:
    op.create_table(
        "wave",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("resurvey", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rubric_hash", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("snapshots", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rubric_hash"], ["rubric.hash"], name="fk_wave_rubric_hash_rubric"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wave"),
        sa.UniqueConstraint(
            "workflow",
            "kind",
            "window_start",
            "window_end",
            "resurvey",
            "revision",
            name="uq_wave_evaluation",
        ),
    )


def _finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=False),
        sa.Column("lineage", sa.String(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("scope_key", sa.String(), nullable=False),
        sa.Column("live_key", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=False),
        sa.Column("window_end", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("carried_from", sa.Integer(), nullable=True),
        sa.Column("recurs", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("seen_in", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carried_from"], ["finding.id"], name="fk_finding_carried_from_finding"
        ),
        sa.ForeignKeyConstraint(["recurs"], ["finding.id"], name="fk_finding_recurs_finding"),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_finding_wave_wave"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("live_key", name="uq_finding_live_key"),
    )
    op.create_index("ix_finding_scope_key", "finding", ["scope_key"])
    op.create_index("ix_finding_wave", "finding", ["wave"])
    op.create_index("ix_finding_workflow_state", "finding", ["workflow", "state"])


def _action() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workflow", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("dimensions", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("metric", sa.String(), nullable=True),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("horizon", sa.String(), nullable=True),
        sa.Column("cost", sa.String(), nullable=True),
        sa.Column("benefit", sa.String(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_action"),
    )
    op.create_index("ix_action_state_due", "action", ["state", "due"])
    op.create_index("ix_action_workflow_state", "action", ["workflow", "state"])


def _action_finding() -> None:
    op.create_table(
        "action_finding",
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["action.id"], name="fk_action_finding_action_action"),
        sa.ForeignKeyConstraint(
            ["finding"], ["finding.id"], name="fk_action_finding_finding_finding"
        ),
        sa.PrimaryKeyConstraint("action", "finding", name="pk_action_finding"),
    )
    op.create_index("ix_action_finding_finding", "action_finding", ["finding"])


def _resurvey() -> None:
    op.create_table(
        "resurvey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("window_start", sa.Date(), nullable=True),
        sa.Column("window_end", sa.Date(), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("baseline", sa.Integer(), nullable=True),
        sa.Column("wave", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("late_days", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["action"], ["action.id"], name="fk_resurvey_action_action"),
        sa.ForeignKeyConstraint(["baseline"], ["wave.id"], name="fk_resurvey_baseline_wave"),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_resurvey_wave_wave"),
        sa.PrimaryKeyConstraint("id", name="pk_resurvey"),
        sa.UniqueConstraint("action", "round", name="uq_resurvey_action_round"),
    )
    op.create_index("ix_resurvey_state_due_at", "resurvey", ["state", "due_at"])
    op.create_index("ix_resurvey_state_ready_at", "resurvey", ["state", "ready_at"])


def _verdict() -> None:
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("resurvey", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("judgement", sa.JSON(), nullable=False),
        sa.Column("score_after", sa.Float(), nullable=True),
        sa.Column("target_met", sa.Boolean(), nullable=True),
        sa.Column("baseline", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["action"], ["action.id"], name="fk_verdict_action_action"),
        sa.ForeignKeyConstraint(["baseline"], ["wave.id"], name="fk_verdict_baseline_wave"),
        sa.ForeignKeyConstraint(["resurvey"], ["resurvey.id"], name="fk_verdict_resurvey_resurvey"),
        sa.ForeignKeyConstraint(["wave"], ["wave.id"], name="fk_verdict_wave_wave"),
        sa.PrimaryKeyConstraint("id", name="pk_verdict"),
        sa.UniqueConstraint(
            "action", "round", "dimension", name="uq_verdict_action_round_dimension"
        ),
    )
    op.create_index("ix_verdict_baseline", "verdict", ["baseline"])
    op.create_index("ix_verdict_resurvey", "verdict", ["resurvey"])
    op.create_index("ix_verdict_wave", "verdict", ["wave"])


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_about", "note", ["about"])


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    op.create_index("ix_notice_about", "notice", ["about"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("pinned_clock", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
    )
    op.create_index("ix_audit_about", "audit", ["about"])
