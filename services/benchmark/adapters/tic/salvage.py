"""What is sound in an element that does not read as a whole, where the caller wants the rest of a file all the same.

Only the smallest part that is malformed is left out: a price, a provider group, a payment; else the whole element.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from services.benchmark.adapters.tic.model import (
    Allowed,
    GroupId,
    InNetwork,
    OutOfNetwork,
    Payment,
    Price,
    ProviderGroup,
    ProviderReference,
    Rates,
    Tin,
)

T = TypeVar("T")


class _Rates(msgspec.Struct):
    negotiated_prices: tuple[msgspec.Raw, ...]
    provider_references: tuple[GroupId, ...] = ()
    provider_groups: tuple[msgspec.Raw, ...] = ()


class _InNetwork(msgspec.Struct):
    negotiation_arrangement: str
    billing_code_type: str
    billing_code: str
    negotiated_rates: tuple[msgspec.Raw, ...]


class _Reference(msgspec.Struct):
    provider_group_id: GroupId
    provider_groups: tuple[msgspec.Raw, ...] = ()
    location: str = ""
    network_name: tuple[str, ...] = ()


class _Allowed(msgspec.Struct):
    tin: Tin
    billing_class: str
    payments: tuple[msgspec.Raw, ...]
    service_code: tuple[str, ...] | None = None


class _OutOfNetwork(msgspec.Struct):
    billing_code_type: str
    billing_code: str
    allowed_amounts: tuple[msgspec.Raw, ...]


def salvaged(content: bytes, kind: type[T], left_out: Counter[str]) -> list[T]:
    """The sound parts of a JSON array of elements of `kind`; what is left out is counted."""
    found: list[T] = []
    for raw in msgspec.json.decode(content, type=list[msgspec.Raw]):
        try:
            found.append(msgspec.json.decode(raw, type=kind))
        except msgspec.DecodeError:
            try:
                found.append(_PARTS[kind](raw, left_out))  # pyright: ignore[reportArgumentType]
            except msgspec.DecodeError:
                left_out["a malformed element"] += 1
    return found


def _each(parts: Iterable[msgspec.Raw], kind: type[T], element: str, left_out: Counter[str]) -> tuple[T, ...]:
    found: list[T] = []
    for raw in parts:
        try:
            found.append(msgspec.json.decode(raw, type=kind))
        except msgspec.DecodeError:
            left_out[element] += 1
    return tuple(found)


def _rates(raw: msgspec.Raw, left_out: Counter[str]) -> InNetwork:
    item = msgspec.json.decode(raw, type=_InNetwork)
    found: list[Rates] = []
    for one in item.negotiated_rates:
        try:
            rates = msgspec.json.decode(one, type=_Rates)
        except msgspec.DecodeError:
            left_out["malformed rates"] += 1
            continue
        prices = _each(rates.negotiated_prices, Price, "a malformed rate", left_out)
        groups = _each(rates.provider_groups, ProviderGroup, "a malformed provider group", left_out)
        found.append(Rates(prices, rates.provider_references, groups))
    return InNetwork(item.negotiation_arrangement, item.billing_code_type, item.billing_code, tuple(found))


def _reference(raw: msgspec.Raw, left_out: Counter[str]) -> ProviderReference:
    one = msgspec.json.decode(raw, type=_Reference)
    groups = _each(one.provider_groups, ProviderGroup, "a malformed provider group", left_out)
    return ProviderReference(one.provider_group_id, groups, one.location, one.network_name)


def _out_of_network(raw: msgspec.Raw, left_out: Counter[str]) -> OutOfNetwork:
    item = msgspec.json.decode(raw, type=_OutOfNetwork)
    found: list[Allowed] = []
    for one in _each(item.allowed_amounts, _Allowed, "malformed allowed amounts", left_out):
        payments = _each(one.payments, Payment, "a malformed payment", left_out)
        found.append(Allowed(one.tin, one.billing_class, payments, one.service_code))
    return OutOfNetwork(item.billing_code_type, item.billing_code, tuple(found))


_PARTS = {InNetwork: _rates, ProviderReference: _reference, OutOfNetwork: _out_of_network}
