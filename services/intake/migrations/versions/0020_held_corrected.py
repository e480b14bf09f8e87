"""A held payment can be posted as a person corrected it, or split."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE resolutions DROP CONSTRAINT resolutions_choice_check",
    "ALTER TABLE resolutions ADD CONSTRAINT resolutions_choice_check "
    "CHECK (choice IN ('claim', 'none', 'dismiss', 'post', 'unmatch', 'correct', 'split')) NOT VALID",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
