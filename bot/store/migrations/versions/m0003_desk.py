"""Tables of the desk, indexes for its filters and figures, full-text index over patients' messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "staff_sessions",
    "saved_views",
    "conversation_tags",
    "staff",
    "sign_in_failures",
    "audit",
    "notes",
    "tags",
    "judgements",
    "staff_replies",
    "presence",
    "reveals",
    "canned_replies",
)
# Everything the review filters by, in the order it lists: one walk over this index, never over the table.
REVIEW = ["last_at", "id", "erased_at", "turns", "language", "channel", "review", "lowest_confidence"]
INDEXES = {
    "ix_conversations_review": (
        "conversations",
        [*REVIEW, "answered", "clarified", "fallbacks", "escalations"],
    ),
    "ix_alerts_tier_conversation_id": ("alerts", ["tier", "conversation_id"]),
    "ix_turns_topic_conversation_id": ("turns", ["topic", "conversation_id"]),
    "ix_turns_figures": ("turns", ["at", "outcome", "language", "topic"]),
    "ix_conversations_created_at": ("conversations", ["created_at", "language", "channel"]),
    "ix_ratings_useful_conversation_id": ("ratings", ["useful", "conversation_id"]),
    "ix_ratings_figures": ("ratings", ["created_at", "topic", "useful", "language"]),
}
SQLITE_SEARCH = (
    "CREATE VIRTUAL TABLE turn_search USING fts5("
    "text, content='turns', content_rowid='id', tokenize='unicode61 remove_diacritics 2')",
    "INSERT INTO turn_search(rowid, text) SELECT id, text FROM turns WHERE text IS NOT NULL",
    "CREATE TRIGGER turn_search_added AFTER INSERT ON turns WHEN new.text IS NOT NULL BEGIN "
    "INSERT INTO turn_search(rowid, text) VALUES (new.id, new.text); END",
    "CREATE TRIGGER turn_search_gone AFTER DELETE ON turns WHEN old.text IS NOT NULL BEGIN "
    "INSERT INTO turn_search(turn_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER turn_search_forgotten AFTER UPDATE OF text ON turns WHEN old.text IS NOT NULL BEGIN "
    "INSERT INTO turn_search(turn_search, rowid, text) VALUES ('delete', old.id, old.text); END",
    "CREATE TRIGGER turn_search_changed AFTER UPDATE OF text ON turns WHEN new.text IS NOT NULL BEGIN "
    "INSERT INTO turn_search(rowid, text) VALUES (new.id, new.text); END",
)
# unaccent is an extension that a hosted PostgreSQL may not have.
POSTGRES_SEARCH = (
    "CREATE FUNCTION turn_words(text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT to_tsvector('simple', "
    "translate(lower($1), 'àâäáãçèéêëîïíìôöóòõùûüúÿñ', 'aaaaaceeeeiiiiooooouuuuyn')) $$",
    "CREATE TABLE turn_search (rowid bigint PRIMARY KEY REFERENCES turns (id) ON DELETE CASCADE, "
    "words tsvector NOT NULL)",
    "CREATE INDEX ix_turn_search_words ON turn_search USING gin (words)",
    "INSERT INTO turn_search SELECT id, turn_words(text) FROM turns WHERE text IS NOT NULL",
    "CREATE FUNCTION turn_search_keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "DELETE FROM turn_search WHERE rowid = new.id; "
    "IF new.text IS NOT NULL THEN INSERT INTO turn_search VALUES (new.id, turn_words(new.text)); END IF; "
    "RETURN new; END $$",
    "CREATE TRIGGER turn_search_keep AFTER INSERT OR UPDATE OF text ON turns "
    "FOR EACH ROW EXECUTE FUNCTION turn_search_keep()",
)


def upgrade() -> None:
    """Create the desk's tables, then what speeds up its pages."""
    _staff_tables()
    _conversation_tables()
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    postgres = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRES_SEARCH if postgres else SQLITE_SEARCH:
        op.execute(statement)


def downgrade() -> None:
    """Drop everything again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER turn_search_keep ON turns")
        op.execute("DROP FUNCTION turn_search_keep()")
    else:
        for trigger in ("added", "gone", "forgotten", "changed"):
            op.execute(f"DROP TRIGGER turn_search_{trigger}")
    op.execute("DROP TABLE turn_search")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION turn_words(text)")
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
    for table in TABLES:
        op.drop_table(table)


def _staff_tables() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=256), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("disabled_at", sa.Float(53), nullable=True),
        sa.Column("signed_in_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_name")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("seen_at", sa.Float(53), nullable=False),
        sa.Column("ends_at", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    op.create_index("ix_sign_in_failures_address_key_at", "sign_in_failures", ["address_key", "at"])
    op.create_index("ix_sign_in_failures_name_key_at", "sign_in_failures", ["name_key", "at"])
    op.create_table(
        "audit",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("staff_name", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_action_at", "audit", ["action", "at"])
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_conversation_id_at", "audit", ["conversation_id", "at"])
    op.create_index("ix_audit_staff_id_at", "audit", ["staff_id", "at"])
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_saved_views_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("staff_id", "name", name=op.f("uq_saved_views_staff_id_name")),
    )


def _conversation_tables() -> None:
    op.create_table(
        "notes",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("staff_name", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_conversation_id"), "notes", ["conversation_id"])
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )
    op.create_table(
        "conversation_tags",
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_conversation_tags_tag_id")),
        sa.PrimaryKeyConstraint("conversation_id", "tag_id", name=op.f("pk_conversation_tags")),
    )
    op.create_index("ix_conversation_tags_tag_id", "conversation_tags", ["tag_id", "conversation_id"])
    op.create_table(
        "judgements",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("turn_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("expected", sa.String(length=64), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("updated_at", sa.Float(53), nullable=False),
        sa.Column("exported_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
        sa.UniqueConstraint("turn_id", name=op.f("uq_judgements_turn_id")),
    )
    op.create_index(op.f("ix_judgements_conversation_id"), "judgements", ["conversation_id"])
    op.create_index("ix_judgements_verdict_conversation_id", "judgements", ["verdict", "conversation_id"])
    op.create_table(
        "staff_replies",
        sa.Column("id", BIG_ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Float(53), nullable=False),
        sa.Column("event_at", sa.Float(53), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_replies")),
        sa.UniqueConstraint("key", name=op.f("uq_staff_replies_key")),
    )
    op.create_index("ix_staff_replies_conversation_id_id", "staff_replies", ["conversation_id", "id"])
    op.create_table(
        "presence",
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("typing_until_at", sa.Float(53), nullable=True),
        sa.Column("updated_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_updated_at", "presence", ["updated_at"])
    op.create_table(
        "reveals",
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("until_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "conversation_id", name=op.f("pk_reveals")),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("title_fr", sa.String(length=80), nullable=False),
        sa.Column("title_en", sa.String(length=80), nullable=False),
        sa.Column("text_fr", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.Float(53), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_replies")),
    )
