"""First schema of the store: conversations, events, turns, inbox, alerts, pages, comments, ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table with its indexes."""
    op.create_table(
        "alerts",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(length=160), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("tier", sa.String(length=2), nullable=False),
        sa.Column("layer", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("country", sa.String(length=8), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("claimed_at", sa.Float(53), nullable=True),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.Float(53), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("withdrawn_at", sa.Float(53), nullable=True),
        sa.Column("told_stage", sa.Integer(), nullable=False),
        sa.Column("unanswered_at", sa.Float(53), nullable=True),
        sa.Column("told_truth", sa.String(length=64), nullable=True),
        sa.Column("telling_until", sa.Float(53), nullable=True),
        sa.Column("page_failed_at", sa.Float(53), nullable=True),
        sa.Column("erased_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("message_id", name=op.f("uq_alerts_message_id")),
    )
    op.create_index("ix_alerts_conversation_id", "alerts", ["conversation_id"], unique=False)
    op.create_index("ix_alerts_created_at", "alerts", ["created_at"], unique=False)
    op.create_index("ix_alerts_resolved_at_created_at", "alerts", ["resolved_at", "created_at"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("decided_at", sa.Float(53), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_conversation_id", "comments", ["conversation_id"], unique=False)
    op.create_index("ix_comments_status_created_at", "comments", ["status", "created_at"], unique=False)
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("country", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.Column("tier", sa.String(length=2), nullable=True),
        sa.Column("urgency", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.Float(53), nullable=True),
        sa.Column("waiting_since_at", sa.Float(53), nullable=True),
        sa.Column("claimed_at", sa.Float(53), nullable=True),
        sa.Column("closed_at", sa.Float(53), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("last_at", sa.Float(53), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("clarified", sa.Integer(), nullable=False),
        sa.Column("fallbacks", sa.Integer(), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("lowest_confidence", sa.Float(), nullable=True),
        sa.Column("last_topic", sa.String(length=48), nullable=True),
        sa.Column("review", sa.String(length=10), nullable=False),
        sa.Column("slots", sa.Text(), nullable=True),
        sa.Column("active_loop", sa.String(length=64), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("erased_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index("ix_conversations_channel_last_at", "conversations", ["channel", "last_at"], unique=False)
    op.create_index("ix_conversations_confidence", "conversations", ["lowest_confidence", "last_at"], unique=False)
    op.create_index("ix_conversations_language_last_at", "conversations", ["language", "last_at"], unique=False)
    op.create_index("ix_conversations_last_at", "conversations", ["last_at"], unique=False)
    op.create_index("ix_conversations_last_topic_last_at", "conversations", ["last_topic", "last_at"], unique=False)
    op.create_index("ix_conversations_queue", "conversations", ["state", "urgency", "waiting_since_at"], unique=False)
    op.create_index("ix_conversations_review_last_at", "conversations", ["review", "last_at"], unique=False)
    op.create_table(
        "events",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("timestamp", sa.Float(precision=53), nullable=False),
        sa.Column("type_name", sa.String(length=40), nullable=False),
        sa.Column("intent_name", sa.String(length=64), nullable=True),
        sa.Column("action_name", sa.String(length=128), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_conversation_id_id", "events", ["conversation_id", "id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.String(length=160), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Float(53), nullable=False),
        sa.Column("handled_at", sa.Float(53), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("layer1", sa.String(length=2), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_conversation_id", "inbox", ["conversation_id"], unique=False)
    op.create_index("ix_inbox_handled_at_received_at", "inbox", ["handled_at", "received_at"], unique=False)
    op.create_table(
        "ratings",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("utterance_id", sa.String(length=160), nullable=False),
        sa.Column("topic", sa.String(length=48), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("conversation_id", "utterance_id", name=op.f("uq_ratings_conversation_id_utterance_id")),
    )
    op.create_index("ix_ratings_created_at", "ratings", ["created_at"], unique=False)
    op.create_index("ix_ratings_topic", "ratings", ["topic"], unique=False)
    op.create_table(
        "turns",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("message_id", sa.String(length=160), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("intent", sa.String(length=64), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=48), nullable=True),
        sa.Column("options", sa.Text(), nullable=True),
        sa.Column("tier", sa.String(length=2), nullable=True),
        sa.Column("ms", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("message_id", name=op.f("uq_turns_message_id")),
    )
    op.create_index("ix_turns_at", "turns", ["at"], unique=False)
    op.create_index("ix_turns_confidence_at", "turns", ["confidence", "at"], unique=False)
    op.create_index("ix_turns_conversation_id_id", "turns", ["conversation_id", "id"], unique=False)
    op.create_index("ix_turns_outcome_at", "turns", ["outcome", "at"], unique=False)
    op.create_index("ix_turns_topic_at", "turns", ["topic", "at"], unique=False)
    op.create_table(
        "comment_revisions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("comment_id", BIG_ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name=op.f("fk_comment_revisions_comment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_revisions")),
    )
    op.create_index(op.f("ix_comment_revisions_comment_id"), "comment_revisions", ["comment_id"], unique=False)
    op.create_table(
        "pages",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("alert_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Float(53), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.Float(53), nullable=True),
        sa.Column("delivered_at", sa.Float(53), nullable=True),
        sa.Column("given_up_at", sa.Float(53), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_pages_alert_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint("alert_id", "kind", "level", "stage", name=op.f("uq_pages_alert_id_kind_level_stage")),
    )
    op.create_index("ix_pages_open", "pages", ["delivered_at", "given_up_at", "next_attempt_at"], unique=False)


def downgrade() -> None:
    """Drop every table, children first."""
    for table in (
        "comment_revisions",
        "pages",
        "ratings",
        "comments",
        "alerts",
        "inbox",
        "turns",
        "events",
        "conversations",
    ):
        op.drop_table(table)
