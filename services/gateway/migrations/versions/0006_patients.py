"""Links to patients' pages, and how tenants sign patients' letters."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE patient_links (
            link_id uuid PRIMARY KEY,
            claim_id uuid NOT NULL,
            tenant text NOT NULL,
            language text NOT NULL,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX patient_links_claim ON patient_links (claim_id, created_at)")
    op.execute(
        """
        CREATE TABLE patient_senders (
            tenant text PRIMARY KEY,
            name text NOT NULL,
            phone text NOT NULL,
            updated_by text NOT NULL,
            updated_at timestamptz NOT NULL
        )
        """
    )
