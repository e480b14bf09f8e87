"""What an 835 says that cannot be posted as it is, until a person has settled it; and decisions that can be undone."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE held_payments (
        held_id uuid PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        tenant text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('payment', 'imbalance', 'interest', 'adjustment')),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'posted', 'dismissed', 'superseded')),
        claim_id uuid,
        control_number text NOT NULL,
        charge numeric,
        amount numeric,
        trace_number text NOT NULL,
        payer text NOT NULL,
        paid_on date,
        reasons text NOT NULL,
        sealed bytea NOT NULL,
        received_on date NOT NULL,
        received_at timestamptz NOT NULL,
        interchange_id uuid NOT NULL,
        serial integer NOT NULL
    )
    """,
    "CREATE INDEX held_payments_open ON held_payments (tenant, received_at) WHERE status = 'open'",
    "CREATE INDEX held_payments_of ON held_payments (tenant, trace_number, control_number) WHERE status = 'open'",
    "ALTER TABLE resolutions DROP CONSTRAINT resolutions_choice_check",
    "ALTER TABLE resolutions ADD CONSTRAINT resolutions_choice_check "
    "CHECK (choice IN ('claim', 'none', 'dismiss', 'post', 'unmatch'))",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
