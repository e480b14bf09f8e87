"""Remittance advice as an 835 (005010X221A1) states it. Pure data, exact dollars."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from recoup_x12.core.party import Party
from recoup_x12.core.segments import (
    Adjustment,
    Amount,
    Contact,
    Dated,
    InpatientAdjudication,
    OutpatientAdjudication,
    Procedure,
    Quantity,
    Reference,
    Value,
    amount_of,
    dated,
    reference_of,
)
from recoup_x12.core.source import Source


class ProviderSummary(Value, frozen=True):
    """TS3 and TS2 of loop 2000, elements as sent, for those who report by facility and bill type."""

    number: str = ""
    ts3: tuple[str, ...] = ()
    ts2: tuple[str, ...] = ()


class Payment(Value, frozen=True):
    """The payment that an 835 explains: BPR, TRN, payer (1000A) and payee (1000B)."""

    handling: str = ""  # BPR01
    amount: Decimal = Decimal(0)  # BPR02
    credit_debit: str = ""  # BPR03
    method: str = ""  # BPR04: ACH, CHK, NON …
    bank: tuple[str, ...] = ()  # BPR05-15 as sent
    paid_on: date | None = None  # BPR16
    trace_number: str = ""  # TRN02
    payer_tax_id: str = ""  # TRN03: 1 followed by the payer's TIN
    trace_supplement: str = ""  # TRN04
    currency: str = ""
    payer: Party = Party("")
    payee: Party = Party("")
    payee_delivery: str = ""  # RDM of 1000B as sent
    references: tuple[Reference, ...] = ()  # EV receiver id, F2 version
    dates: tuple[Dated, ...] = ()  # 405 production date
    extra: tuple[str, ...] = ()


class ServicePayment(Value, frozen=True):
    """Loop 2110: one adjudicated line. `billed` is SVC06, the code as billed where it was bundled or changed."""

    procedure: Procedure
    charge: Decimal
    paid: Decimal
    revenue_code: str = ""
    units_paid: Decimal | None = None  # SVC05; absent means 1
    billed: Procedure | None = None
    units_billed: Decimal | None = None  # SVC07
    dates: tuple[Dated, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    remarks: tuple[Reference, ...] = ()  # LQ: qualifier HE with a RARC
    extra: tuple[str, ...] = ()

    @property
    def allowed(self) -> Decimal | None:
        """AMT*B6."""
        return amount_of(self.amounts, "B6")

    @property
    def control_number(self) -> str:
        """REF*6R, the provider's number of the line."""
        return reference_of(self.references, "6R")

    @property
    def remark_codes(self) -> tuple[str, ...]:
        """Remittance advice remark codes (LQ02 under HE)."""
        return tuple(r.value for r in self.remarks if r.qualifier == "HE")


class Remittance(Value, frozen=True):
    """Loop 2100: one claim payment with its lines and the payment it belongs to.

    `status` is CLP02: 1-3 processed as primary, secondary, tertiary; 4 denied; 19-21 forwarded;
    22 reversal (amounts negative); 23 not our claim; 25 predetermination. `origin`: "paper" where a person entered it.
    """

    control_number: str  # CLP01
    status: str
    charge: Decimal  # CLP03
    paid: Decimal  # CLP04
    patient_responsibility: Decimal = Decimal(0)  # CLP05
    filing_indicator: str = ""  # CLP06
    payer_claim_number: str = ""  # CLP07
    place: str = ""  # CLP08
    frequency: str = ""  # CLP09
    drg: str = ""  # CLP11
    drg_weight: Decimal | None = None  # CLP12
    discharge_fraction: Decimal | None = None  # CLP13
    adjustments: tuple[Adjustment, ...] = ()
    parties: tuple[Party, ...] = ()  # NM1*QC, IL, 74, 82, TT, PR, GB
    inpatient: InpatientAdjudication | None = None
    outpatient: OutpatientAdjudication | None = None
    references: tuple[Reference, ...] = ()
    dates: tuple[Dated, ...] = ()
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[Amount, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    lines: tuple[ServicePayment, ...] = ()
    extra: tuple[str, ...] = ()
    payment: Payment = Payment()
    summary: ProviderSummary | None = None
    source: Source | None = None
    origin: str = ""

    @property
    def is_reversal(self) -> bool:
        """True for the reversal of an earlier claim payment (CLP02 22)."""
        return self.status == "22"

    @property
    def original_reference(self) -> str:
        """REF*F8: the payer's number of the original claim, on reversals and corrections."""
        return reference_of(self.references, "F8")

    @property
    def remark_codes(self) -> tuple[str, ...]:
        """Claim-level RARCs of MIA and MOA."""
        ward = self.inpatient.remarks if self.inpatient else ()
        return ward + (self.outpatient.remarks if self.outpatient else ())

    @property
    def service_from(self) -> date | None:
        """First day of service: lines' DTM*472 or 150, else the claim's DTM*232."""
        days = [d.start for line in self.lines for d in line.dates if d.qualifier in ("472", "150") and d.start]
        claim = dated(self.dates, "232")
        return min(days) if days else claim.start if claim else None

    @property
    def service_to(self) -> date | None:
        """Last day of service."""
        days = [d.end for line in self.lines for d in line.dates if d.qualifier in ("472", "151") and d.end]
        claim = dated(self.dates, "233") or dated(self.dates, "232")
        return max(days) if days else claim.end if claim else None


class ProviderAdjustment(Value, frozen=True):
    """One PLB adjustment: not about a claim. A positive `amount` reduces the payment."""

    provider_id: str
    fiscal_period: str
    reason: str  # WO, FB, CS, L6, 72, J1 …
    reference: str
    amount: Decimal
