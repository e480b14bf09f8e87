"""A payer's request for additional information (277, 005010X213): what is asked, and of which claim."""

from __future__ import annotations

from datetime import date

from recoup_x12.core.party import Party
from recoup_x12.core.segments import Value


class Question(Value, frozen=True):
    """One STC01 (or STC10, STC11): what is asked, by default as a LOINC code; of the claim, or of one service line.

    `category` is the R code of the claim status categories. `line_number` is REF*FJ, the provider's number of the line.
    """

    category: str
    code: str
    code_list: str = ""
    line_number: str = ""
    procedure: str = ""
    served_from: date | None = None
    served_to: date | None = None


class RecordsRequest(Value, frozen=True):
    """Loop 2200D with the levels above it. `reply_to`: qualifier and ID of ISA05-08, GS02 and GS03, and ISA15."""

    trace_number: str
    provider: Party
    payer: Party
    patient: Party
    questions: tuple[Question, ...]
    control_number: str = ""  # REF*EJ
    payer_claim_number: str = ""  # REF*1K
    bill_type: str = ""  # REF*BLT
    medical_record: str = ""  # REF*EA
    clearinghouse_number: str = ""  # REF*D9
    requested_on: date | None = None  # STC02
    due_on: date | None = None  # DTP*106
    served_from: date | None = None  # DTP*472
    served_to: date | None = None
    receiver: Party = Party("41")
    reply_to: tuple[str, ...] = ()

    @property
    def payer_number(self) -> str:
        """The payer's number of the claim: REF*1K where it is sent, else the trace number, which is it by the guide."""
        return self.payer_claim_number or self.trace_number

    @property
    def provider_id(self) -> str:
        """The provider's identifier without hyphens and blanks."""
        return self.provider.id.replace("-", "").strip()
