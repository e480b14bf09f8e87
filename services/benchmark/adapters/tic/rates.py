"""Reads in-network rates and allowed amounts of the codes wanted, each with the contract (TIN) it belongs to.

Rates come before or after the provider groups they refer to, so they are kept by group id and joined at the end; groups
are decoded only where a rate refers to them. Memory holds what was wanted, not what the file holds.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from services.benchmark.adapters.rejects import ReferenceFileError, Rejects
from services.benchmark.adapters.tic.elements import Run
from services.benchmark.adapters.tic.model import (
    InNetwork,
    OutOfNetwork,
    Price,
    ProviderGroup,
    ProviderReference,
    RemoteGroups,
    contract_of,
    group_key,
)
from services.benchmark.adapters.tic.salvage import salvaged
from services.benchmark.adapters.tic.sources import runs_of
from services.benchmark.domain.anesthesia import is_anesthesia
from services.benchmark.domain.contracted import Observed, RateContext, Service
from services.benchmark.domain.fee_schedule import FACILITY_PLACES
from services.benchmark.domain.schedules import drg_of, ms_drg
from shared.procedures import plain_code

T = TypeVar("T")
_Rate = tuple[Service, Decimal, str, str]
"""What the rate is for, dollars of one unit, how it came about, and where it is good."""
Fetch = Callable[[str], bytes]
_CODE = re.compile(rb'"billing_code"[ \t\r\n]*:[ \t\r\n]*"([^"\\]*)"')
_HELD = 64 * 1024 * 1024
_COMPONENTS = frozenset(("26", "TC", "53"))
_AMOUNTS = frozenset(("negotiated", "fee schedule", "derived"))
_TYPES = frozenset(("CPT", "HCPCS", "CDT"))
_STAYS = "MS-DRG"
_EMPTY_TINS = frozenset(("", "0", "000000000"))
_EVERYWHERE = "CSTM-00"
_WITHOUT_PROVIDER = "a rate without a provider"


class Wanted(msgspec.Struct, frozen=True):
    """What is read of a file. No codes or no NPIs: all of them.

    `place`: a place-of-service code the rate must be good for. `day`: rates that expired before it are left out.
    `network`: only rates of groups in it. `skip_bad`: what is malformed is left out and counted, not refused.
    """

    codes: frozenset[str] = frozenset()
    npis: frozenset[int] = frozenset()
    place: str = ""
    day: date = date.min
    network: str = ""
    skip_bad: bool = False


class Found(msgspec.Struct):
    """What one file gave: observations, its header, and how many prices were left out for which reason.

    `named` are the codes wanted that it names, whatever became of their rates.
    """

    observed: list[Observed]
    header: dict[str, str]
    left_out: Counter[str]
    unresolved: int = 0
    named: set[str] = msgspec.field(default_factory=set[str])


def read_in_network(path: Path, wanted: Wanted, fetch: Fetch | None = None) -> Found:
    """The contracted rates in `path`; `ReferenceFileError` names every malformed element, and then nothing counts.

    `fetch` gets provider groups kept at other addresses; without it, and where it fails, rates that refer to them are
    counted as unresolved and left out.
    """
    reader = _InNetwork(path, wanted, fetch)
    return reader.read()


def read_allowed(path: Path, wanted: Wanted) -> Found:
    """The amounts a payer allowed providers without a contract (allowed-amounts file), one observation a payment."""
    rejects, header = Rejects(), dict[str, str]()
    left_out: Counter[str] = Counter()
    observed: list[Observed] = []
    named: set[str] = set()
    decoder = msgspec.json.Decoder(list[OutOfNetwork])
    seen = False
    for run in runs_of(path):
        if run.member != "out_of_network":
            _head(run, header)
            continue
        seen = True
        if not _mentions(run, wanted):
            continue
        for item in _decoded(decoder, OutOfNetwork, run, path, rejects, wanted, left_out):
            code = _code(item.billing_code_type, item.billing_code)
            if not _wants(code, item.billing_code, wanted):
                continue
            named.add(code or plain_code(item.billing_code))
            if not code:
                left_out[f"code type {item.billing_code_type}"] += 1
                continue
            if is_anesthesia(code):
                left_out["anesthesia, paid for whole cases of unknown length"] += len(item.allowed_amounts)
                continue
            for allowed in item.allowed_amounts:
                if wanted.place and not _good_for(allowed.service_code, wanted.place):
                    left_out["another place of service"] += 1
                    continue
                for payment in allowed.payments:
                    service = _service(code, payment.billing_code_modifier, allowed.billing_class)
                    if service is None:
                        left_out["a modifier that changes the price"] += 1
                        continue
                    observed.append(Observed(service, contract_of(allowed.tin), payment.allowed_amount))
    rejects.stop()
    if not seen:
        raise ReferenceFileError(f"{path.name}: no out_of_network array; is it an allowed-amounts file?")
    return Found(observed, header, left_out, named=named)


class _InNetwork:
    def __init__(self, path: Path, wanted: Wanted, fetch: Fetch | None) -> None:
        self._path = path
        self._wanted = wanted
        self._fetch = fetch
        self._rejects = Rejects()
        self._found = Found([], {}, Counter())
        self._by_group: dict[str, list[_Rate]] = defaultdict(list)
        self._held: list[Run] | None = []
        self._held_bytes = 0
        self._items = msgspec.json.Decoder(list[InNetwork])
        self._references = msgspec.json.Decoder(list[ProviderReference])
        self._remote = msgspec.json.Decoder(RemoteGroups)

    def read(self) -> Found:
        seen = False
        for run in runs_of(self._path):
            if run.member == "in_network":
                seen = True
                if _mentions(run, self._wanted):
                    for item in self._read(self._items, InNetwork, run):
                        self._take(item)
            elif run.member == "provider_references":
                self._hold(run)
            else:
                _head(run, self._found.header)
        if not seen:
            raise ReferenceFileError(f"{self._path.name}: no in_network array; is it an in-network-rates file?")
        if self._by_group:
            held = self._held
            runs = runs_of(self._path) if held is None else iter(held)
            for run in runs:
                if run.member == "provider_references":
                    self._join(run)
        self._rejects.stop()
        self._found.unresolved = sum(len(rates) for rates in self._by_group.values())
        return self._found

    def _hold(self, run: Run) -> None:
        """Keep the groups until the rates are known, as long as they are small; else the file is read twice."""
        if self._held is None:
            return
        self._held_bytes += len(run.content)
        if self._held_bytes > _HELD:
            self._held = None
        else:
            self._held.append(run)

    def _take(self, item: InNetwork) -> None:
        wanted, left_out = self._wanted, self._found.left_out
        code = _code(item.billing_code_type, item.billing_code)
        if not _wants(code, item.billing_code, wanted):
            return
        self._found.named.add(code or plain_code(item.billing_code))
        if not code:
            left_out[f"code type {item.billing_code_type}"] += 1
            return
        if item.negotiation_arrangement.strip().lower() != "ffs":
            left_out[f"arrangement {item.negotiation_arrangement}"] += 1
            return
        for rates in item.negotiated_rates:
            good: list[_Rate] = []
            for price in rates.negotiated_prices:
                reason = _unfit(price, wanted)
                service = _service(code, price.billing_code_modifier, price.billing_class)
                if reason or service is None:
                    left_out[reason or "a modifier that changes the price"] += 1
                else:
                    good.append((service, price.negotiated_rate, _basis(price), _where(price, wanted)))
            if good and not (rates.provider_references or rates.provider_groups):
                left_out[_WITHOUT_PROVIDER] += len(good)
            if not good:
                continue
            for reference in rates.provider_references:
                self._by_group[group_key(reference)] += good
            for group in rates.provider_groups:
                self._contract(group, good, ())

    def _read(self, decoder: msgspec.json.Decoder[list[T]], kind: type[T], run: Run) -> list[T]:
        return _decoded(decoder, kind, run, self._path, self._rejects, self._wanted, self._found.left_out)

    def _join(self, run: Run) -> None:
        for reference in self._read(self._references, ProviderReference, run):
            rates = self._by_group.pop(group_key(reference.provider_group_id), None)
            if rates is None:
                continue
            groups = reference.provider_groups
            if reference.location and not groups:
                remote = self._remote_groups(reference.location)
                if remote is None:
                    self._by_group[group_key(reference.provider_group_id)] = rates
                    continue
                groups = remote
            if not groups:
                self._found.left_out[_WITHOUT_PROVIDER] += len(rates)
            for group in groups:
                self._contract(group, rates, reference.network_name)

    def _remote_groups(self, location: str) -> tuple[ProviderGroup, ...] | None:
        if self._fetch is None:
            return None
        try:
            return self._remote.decode(self._fetch(location)).provider_groups
        except (ReferenceFileError, msgspec.DecodeError):
            return None

    def _contract(self, group: ProviderGroup, rates: list[_Rate], networks: tuple[str, ...]) -> None:
        npis = tuple(npi for npi in group.npi if npi)  # payers write NPI 0 where they withhold it
        if group.tin is None or contract_of(group.tin).partition(":")[2] in _EMPTY_TINS:
            self._found.left_out["a provider group without TIN"] += len(rates)
            return
        if self._wanted.npis and self._wanted.npis.isdisjoint(npis):
            self._found.left_out["other providers"] += len(rates)
            return
        if self._wanted.network and self._wanted.network not in networks:
            self._found.left_out["another network"] += len(rates)
            return
        contract = contract_of(group.tin)
        for network in (self._wanted.network,) if self._wanted.network else networks or ("",):
            self._found.observed += [
                Observed(service, contract, rate, npis, _apart(network, basis, where))
                for service, rate, basis, where in rates
            ]


def _mentions(run: Run, wanted: Wanted) -> bool:
    """A quick look before anything is decoded: does one of the wanted codes stand in it?"""
    if not wanted.codes or b"\\" in run.content:
        return True
    written = _written(wanted.codes)
    return any(code.decode("utf-8", "replace").strip().upper() in written for code in set(_CODE.findall(run.content)))


@lru_cache(maxsize=8)
def _written(codes: frozenset[str]) -> frozenset[str]:
    """The codes as files may write them: `DRG 047` as 047 or 47."""
    groups = [drg for code in codes if (drg := drg_of(code))]
    return codes | frozenset(groups) | frozenset(drg.lstrip("0") for drg in groups)


def _code(kind: str, code: str) -> str:
    """The code that rates are held by, `DRG 470` of a stay; empty for systems that no line of a claim is coded in."""
    system = kind.strip().upper()
    if system == _STAYS:
        drg = ms_drg(code)
        return f"DRG {drg}" if drg else ""
    return plain_code(code) if system in _TYPES else ""


def _wants(code: str, written: str, wanted: Wanted) -> bool:
    """Return True if a code was asked for; one of a system that is not taken (no `code`) by how it is `written`."""
    return not wanted.codes or (code in wanted.codes if code else plain_code(written) in _written(wanted.codes))


def _decoded(
    decoder: msgspec.json.Decoder[list[T]],
    kind: type[T],
    run: Run,
    path: Path,
    rejects: Rejects,
    wanted: Wanted,
    left_out: Counter[str],
) -> list[T]:
    try:
        return decoder.decode(run.content)
    except msgspec.DecodeError as error:
        if wanted.skip_bad:
            return salvaged(run.content, kind, left_out)
        place = f"{run.member} from byte {run.offset}"
        rejects.add(path, run.line, f"{place}: {str(error).replace('$[...]', run.member)}")
        return []


def _head(run: Run, header: dict[str, str]) -> None:
    """Keep the file's own description of itself."""
    if run.is_array or len(run.content) > 4096 or not run.content.startswith(b'"'):
        return
    value: Any = msgspec.json.decode(run.content)
    header[run.member] = str(value)


def _unfit(price: Price, wanted: Wanted) -> str:
    """Why a price is not an amount in dollars that counts for the day and the place; empty where it is."""
    if _basis(price) not in _AMOUNTS:
        return f"a rate by {price.negotiated_type}"
    if price.negotiated_rate <= 0:
        return "a rate of nothing"
    if price.expiration_date and price.expiration_date < wanted.day.isoformat():
        return "an expired rate"
    if wanted.place and not _good_for(price.service_code, wanted.place):
        return "another place of service"
    return ""


def _basis(price: Price) -> str:
    """How a rate came about, whatever the case: negotiated, fee schedule, derived and so on."""
    return " ".join(price.negotiated_type.replace("-", " ").replace("_", " ").lower().split())


def _where(price: Price, wanted: Wanted) -> str:
    """Where a rate is good: `facility`, `office` (outside of facilities), or anywhere (empty).

    Where a place was asked for it is empty: all rates that are left are good for it.
    """
    places = price.service_code
    if wanted.place or not places or _EVERYWHERE in places:
        return ""
    inside = [place in FACILITY_PLACES for place in places]
    return "facility" if all(inside) else "" if any(inside) else "office"


@lru_cache(maxsize=4096)
def _apart(network: str, basis: str, where: str) -> RateContext:
    """One object for the millions of rates that are kept apart by the same."""
    return RateContext(network, basis, where)


def _good_for(places: tuple[str, ...] | None, place: str) -> bool:
    return not places or place in places or _EVERYWHERE in places


@lru_cache(maxsize=4096)
def _service(code: str, modifiers: tuple[str, ...] | None, billing_class: str) -> Service | None:
    """The service a price is for; None where a modifier other than the component changes what is paid."""
    stated = tuple(modifier for modifier in modifiers or () if modifier)
    if len(stated) > 1 or (stated and stated[0] not in _COMPONENTS):
        return None
    return Service(code, stated[0] if stated else "", billing_class)
