"""People and organisations of a claim or remittance: one NM1 or N1 loop each."""

from __future__ import annotations

from recoup_x12.core.segments import Address, Contact, Dated, Demographics, Reference, Specialty, Value


class Party(Value, frozen=True):
    """Anyone named by NM1 or N1: provider, subscriber, patient, payer, submitter, receiver, facility.

    `role` is NM101 (85 billing, 82 rendering, DN referring, 77 facility, IL insured, QC patient, PR payer …),
    `kind` NM102 (1 person, 2 organisation), `name` NM103 (last or organisation name).
    """

    role: str
    kind: str = ""
    name: str = ""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    id: str = ""
    address: Address | None = None
    specialty: Specialty | None = None
    demographics: Demographics | None = None
    contacts: tuple[Contact, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[Dated, ...] = ()

    @property
    def npi(self) -> str:
        """The National Provider Identifier, or "" where another identifier or none is given."""
        return self.id if self.id_qualifier == "XX" else ""

    @property
    def taxonomy(self) -> str:
        """Provider taxonomy code (PRV03), or "" where none is given."""
        return self.specialty.taxonomy if self.specialty else ""

    @property
    def tax_id(self) -> str:
        """Employer identification number (REF*EI) or SSN (REF*SY) of a billing provider, else ""."""
        return self.reference("EI") or self.reference("SY")

    def reference(self, qualifier: str) -> str:
        """The first REF value under a qualifier, "" where there is none."""
        return next((r.value for r in self.references if r.qualifier == qualifier), "")


EMPTY_PARTY = Party("")
