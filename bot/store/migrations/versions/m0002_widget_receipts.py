"""How far lines of staff reached the patient's widget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "widget_receipts",
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("delivered_at", sa.Float(53), nullable=True),
        sa.Column("seen_at", sa.Float(53), nullable=True),
        sa.Column("updated_at", sa.Float(53), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_widget_receipts")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("widget_receipts")
