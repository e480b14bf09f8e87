"""A recoupment that a person matched can be taken off its claim again."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE recoupment_decisions DROP CONSTRAINT recoupment_decisions_choice_check",
    """
    ALTER TABLE recoupment_decisions ADD CONSTRAINT recoupment_decisions_choice_check
    CHECK (choice IN ('claim', 'dismiss', 'unmatch')) NOT VALID
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
