"""The parts of CMS's files that are read. What a schema version adds or leaves out is taken either way.

1.x holds provider groups inline or by reference and has no `setting`; 2.x has references only, with network names, and
adds `setting` and the billing class `both`. Numbers of money are read as exact decimals. Nothing refers to itself here,
so the collector need not look at it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

GroupId = int | float | str


class Tin(msgspec.Struct, frozen=True, gc=False):
    """Whose contract it is: an EIN, or an NPI where the taxpayer number would be a person's."""

    type: str
    value: str


class ProviderGroup(msgspec.Struct, frozen=True, gc=False):
    """Providers (NPIs) under one taxpayer."""

    npi: tuple[int, ...] = ()
    tin: Tin | None = None


class ProviderReference(msgspec.Struct, frozen=True, gc=False):
    """`location` points to a file of groups elsewhere; `network_name` (2.x) are the networks the groups are in."""

    provider_group_id: GroupId
    provider_groups: tuple[ProviderGroup, ...] = ()
    location: str = ""
    network_name: tuple[str, ...] = ()


class RemoteGroups(msgspec.Struct, frozen=True, gc=False):
    """The file that a provider reference points to."""

    provider_groups: tuple[ProviderGroup, ...]


class Price(msgspec.Struct, frozen=True, gc=False):
    """One negotiated rate, in dollars or per cent by its `negotiated_type`, and the places and modifiers it is for."""

    negotiated_type: str
    negotiated_rate: Decimal
    billing_class: str
    expiration_date: str = ""
    service_code: tuple[str, ...] | None = None
    billing_code_modifier: tuple[str, ...] | None = None


class Rates(msgspec.Struct, frozen=True, gc=False):
    """Negotiated prices and the providers they are for."""

    negotiated_prices: tuple[Price, ...]
    provider_references: tuple[GroupId, ...] = ()
    provider_groups: tuple[ProviderGroup, ...] = ()


class InNetwork(msgspec.Struct, frozen=True, gc=False):
    """A code with the rates agreed for it."""

    negotiation_arrangement: str
    billing_code_type: str
    billing_code: str
    negotiated_rates: tuple[Rates, ...]


class Payment(msgspec.Struct, frozen=True, gc=False):
    """An amount allowed to a provider without a contract, in dollars."""

    allowed_amount: Decimal
    billing_code_modifier: tuple[str, ...] | None = None


class Allowed(msgspec.Struct, frozen=True, gc=False):
    """Amounts allowed under one taxpayer."""

    tin: Tin
    billing_class: str
    payments: tuple[Payment, ...]
    service_code: tuple[str, ...] | None = None


class OutOfNetwork(msgspec.Struct, frozen=True, gc=False):
    """A code with the amounts allowed for it to providers without a contract."""

    billing_code_type: str
    billing_code: str
    allowed_amounts: tuple[Allowed, ...]


class FileLocation(msgspec.Struct, frozen=True, gc=False):
    """Address of a file."""

    location: str
    description: str = ""


class Plan(msgspec.Struct, frozen=True, gc=False):
    """A plan that the named files are about."""

    plan_name: str = ""
    plan_id: str = ""
    plan_id_type: str = ""
    plan_market_type: str = ""
    issuer_name: str = ""
    plan_sponsor_name: str = ""


class ReportingStructure(msgspec.Struct, frozen=True, gc=False):
    """Plans and the files that hold their rates (an entry of a table of contents)."""

    reporting_plans: tuple[Plan, ...] = ()
    in_network_files: tuple[FileLocation, ...] = ()
    allowed_amount_file: FileLocation | None = None


def contract_of(tin: Tin) -> str:
    """Whose contract it is, however a payer writes the number: 12-3456789, 123456789 and ` 12-3456789` are one."""
    number = "".join(filter(str.isalnum, tin.value)).upper()
    kind = tin.type.strip().lower()
    if kind == "ein" and number.isdigit() and len(number) in (7, 8):
        number = number.zfill(9)  # its leading zeros were lost on the way
    return f"{kind}:{number}"


def group_key(group_id: GroupId) -> str:
    """A group's id as text: some payers write 1, others 1.0 or 1.5."""
    return str(int(group_id)) if isinstance(group_id, float) and group_id.is_integer() else str(group_id)
