"""What our work came to, the claims behind each number, and both as files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, get_args

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from services.gateway.adapters.http.access import client_of
from services.gateway.adapters.http.authenticate import PortfolioReader
from services.gateway.adapters.http.responses import cursor_text, json_response, parse_cursor
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.sheets import MEDIA, Cell, Format, sheet
from services.gateway.application.access import Principal
from services.gateway.application.result_ports import BehindCursor, BehindPage, ClaimBehind
from services.gateway.domain.results import VALUED, Compare, Drill, Results, Scorecard, SetName
from shared.api.declared import answers, sends
from shared.api.reading import read_query
from shared.api.refusals import Refusal

router = APIRouter(prefix="/v1/results", tags=["results"])
MOST = 50_000
"""Claims in a file."""
_VALUES: dict[str, str] = {
    "age": r"[0-4]", "month": r"\d{4}-\d{2}", "cash_month": r"\d{4}-\d{2}", "carc": r"[A-Za-z0-9]{1,10}",
}  # fmt: skip


SOONER = Refusal(
    422, "invalid-period", "`until` is before `since`.", "Give the earlier day first.",
    {"errors": [{"field": "query.until", "code": "before_since"}]},
)  # fmt: skip
NO_SET = Refusal(
    422, "invalid-set", "The value does not go with the set.", "Pass both members of `drill` as they were given.",
    {"errors": [{"field": "query.value", "code": "invalid"}]},
)  # fmt: skip
TOO_MANY = Refusal(
    422, "too-many-rows", f"A file holds {MOST} claims; this set has more.", "Choose a shorter period or one payer.",
)  # fmt: skip
UNKNOWN_CURSOR = Refusal(422, "invalid-cursor", "`cursor` is unknown.", "Pass `next` of the last page as it is.")


class Period(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which results: of which days, payer and organisation."""

    since: Annotated[date | None, Meta(description="first day: of first payments, decisions, or won money")] = None
    until: Annotated[date | None, Meta(description="last day")] = None
    payer_id: Annotated[str, Meta(max_length=80, description="only this payer's; empty: of all")] = ""
    tenant: Annotated[str, Meta(max_length=100, description="one provider organisation of yours; empty: all")] = ""

    def check(self) -> None:
        """Refuse a period that ends before it begins."""
        if self.since and self.until and self.until < self.since:
            raise SOONER.problem()


class OfPeriod(Period, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Results of a period."""

    compare: Annotated[Compare, Meta(description="with as many days right before, or the same days a year ago")] = (
        "none"
    )


class OfSet(Period, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claims behind a number."""

    set: Annotated[SetName, Meta(description="the set behind the number, as its `drill` says")]
    value: Annotated[str, Meta(max_length=20, description="of the sets age, month, cash_month and carc")] = ""

    def drill(self) -> Drill:
        """The set with its value; refused where the two do not go together."""
        self.check()
        if not re.fullmatch(_VALUES.get(self.set, ""), self.value):
            takes = "a value, as its drill has it" if self.set in VALUED else "no value"
            raise NO_SET.problem(f"The set {self.set} takes {takes}.")
        return Drill(self.set, self.value)


class PageOfSet(OfSet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page of the claims behind a number."""

    limit: Annotated[int, Meta(ge=1, le=500, description="most claims")] = 100
    cursor: Annotated[str, Meta(max_length=200, description="`next` of the page before")] = ""


class FileOfSet(OfSet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claims behind a number as a file."""

    format: Annotated[Format, Meta(description="which file")] = "csv"


Table = Literal["figures", "months", "aging", "reasons", "payers"]


class FileOfTable(OfPeriod, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the results as a file."""

    table: Annotated[Table, Meta(description="which table of the results")] = "figures"
    format: Annotated[Format, Meta(description="which file")] = "csv"


@router.get("", summary="What our work came to", responses=answers(Results, refused=[SOONER]))
async def read_results(
    request: Request, who: PortfolioReader, query: Annotated[OfPeriod, read_query(OfPeriod)]
) -> Response:
    """Return every figure of a period with its definition, trend, aging, denial reasons and payers; `Age` in seconds.

    Each number has the `drill` by which `/v1/results/claims` gives its claims.
    """
    gateway = Gateway.of(request)
    value, age = await _results(request, who, query)
    answer = json_response(request, value)
    answer.headers["Age"] = str(age)
    await gateway.accessed(request, who, "results", (), who.tenants)
    return answer


async def _results(request: Request, who: Principal, period: OfPeriod) -> tuple[Results, int]:
    period.check()
    gateway = Gateway.of(request)
    on = gateway.today(gateway.runtime.clock.now())
    asked = (str(period.since), str(period.until), period.payer_id, period.tenant, period.compare)
    found = await gateway.figures.get(
        ("results", str(on), *asked, who.tenants_setting),
        lambda: gateway.results.results(
            who, since=period.since, until=period.until, on=on, payer_id=period.payer_id, tenant=period.tenant,
            compare=period.compare,
        ),
    )  # fmt: skip
    return found.value[0], found.age


class Behind(msgspec.Struct, frozen=True):
    """Claims behind a number, those that bring most first; pass `next` as `cursor` for more, null: no more."""

    drill: Drill
    definition: Annotated[str, Meta(description="which claims these are, and what `amount` is")]
    claims: Annotated[int, Meta(description="of the whole set", ge=0)]
    amount: Annotated[str, Meta(description="of the whole set, in dollars")]
    items: list[ClaimBehind]
    next: str | None


@router.get("/claims", summary="The claims behind a number",
            responses=answers(Behind, refused=[SOONER, NO_SET, UNKNOWN_CURSOR]))  # fmt: skip
async def list_claims_behind(
    request: Request, who: PortfolioReader, query: Annotated[PageOfSet, read_query(PageOfSet)]
) -> Response:
    """Return the claims behind a number of the results; they add up to it."""
    after = parse_cursor(query.cursor, BehindCursor)
    page = await _behind(request, who, query, after=after, limit=query.limit)
    await _noted(request, who, "results/claims", page.items)
    behind = Behind(page.drill, page.definition, page.claims, str(page.amount), page.items, cursor_text(page.next))
    return json_response(request, behind)


async def _behind(
    request: Request, who: Principal, query: OfSet, *, after: BehindCursor | None, limit: int
) -> BehindPage:
    gateway = Gateway.of(request)
    on = gateway.today(gateway.runtime.clock.now())
    return await gateway.results.behind(
        who, query.drill(), since=query.since, until=query.until, on=on, payer_id=query.payer_id, tenant=query.tenant,
        after=after, limit=limit,
    )  # fmt: skip


async def _noted(request: Request, who: Principal, action: str, items: Sequence[ClaimBehind]) -> None:
    tenants = sorted({item.tenant for item in items}) or list(who.tenants)
    ids = [item.claim_id for item in items]
    await Gateway.of(request).log.record(who, action, tenants, ids, client_of(request))


_MEDIAS = [media.partition(";")[0] for media in MEDIA.values()]


@router.get("/claims/export", response_class=Response, summary="The claims behind a number as a file",
            responses=sends(*_MEDIAS, description="The table.", refused=[SOONER, NO_SET, TOO_MANY]))  # fmt: skip
async def export_claims_behind(
    request: Request, who: PortfolioReader, query: Annotated[FileOfSet, read_query(FileOfSet)]
) -> Response:
    """Return the claims behind a number as a file, 50,000 at most; each claim is in the access log as exported."""
    page = await _behind(request, who, query, after=None, limit=MOST)
    if page.next is not None:
        raise TOO_MANY.problem(f"A file holds {MOST} claims; this set has {page.claims}.")
    await _noted(request, who, "export results/claims", page.items)
    columns = [field.name for field in msgspec.structs.fields(ClaimBehind)]
    rows = [msgspec.structs.astuple(item) for item in page.items]
    name = f"{query.set}-{query.value}" if query.value else query.set
    return _file(query.format, name, columns, rows, query)


@router.get("/export", response_class=Response, summary="A table of the results as a file",
            responses=sends(*_MEDIAS, description="The table.", refused=[SOONER]))  # fmt: skip
async def export_results(
    request: Request, who: PortfolioReader, query: Annotated[FileOfTable, read_query(FileOfTable)]
) -> Response:
    """Return one table of the results as a file; it is in the access log as exported."""
    found, _ = await _results(request, who, query)
    await Gateway.of(request).accessed(request, who, f"export results/{query.table}", (), who.tenants)
    columns, rows = _tabled(found, query.table)
    return _file(query.format, query.table, columns, rows, query)


def _tabled(found: Results, table: Table) -> tuple[list[str], list[list[Cell]]]:
    if table == "figures":
        return ["figure", "value", "unit", "before", "claims", "definition"], [
            [one.label, one.value, one.unit, one.before, one.claims, one.definition] for one in found.figures
        ]
    if table == "months":
        forums = sorted({forum for month in found.months for forum in month.by_forum})
        return ["month", "claims", "underpaid", "denied", "recovered", *(f"recovered {name}" for name in forums)], [
            [one.month, one.claims, one.underpaid, one.denied, one.recovered, *(one.by_forum.get(f) for f in forums)]
            for one in found.months
        ]
    if table == "aging":
        return ["from day", "to day", "claims", "amount"], [
            [one.from_days, one.to_days, one.claims, one.amount] for one in found.aging
        ]
    if table == "reasons":
        return ["CARC", "claims", "billed", "share of answered"], [
            [one.carc, one.claims, one.billed, one.share.value if one.share else None] for one in found.reasons
        ]
    return list(_CARD), [_card(one) for one in found.payers]


_CARD = (
    "payer", "payer id", "claims", "underpaid", "underpaid low", "underpaid high", "denied", "won", "won low",
    "won high", "recovered", "short", "recovery rate", "in dispute", "median days to payment",
)  # fmt: skip


def _card(one: Scorecard) -> list[Cell]:
    under, won = one.underpaid, one.won
    return [
        one.name, one.payer_id, one.claims, under and under.value, under and under.low, under and under.high,
        one.denied and one.denied.value, won and won.value, won and won.low, won and won.high, one.recovered,
        one.short, one.recovery_rate, one.in_dispute, one.days_to_payment.days,
    ]  # fmt: skip


def _file(kind: Format, name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], period: Period) -> Response:
    days = "-".join(day.isoformat() for day in (period.since, period.until) if day) or "all"
    return Response(
        sheet(kind, name, columns, rows),
        media_type=MEDIA[kind],
        headers={
            "Content-Disposition": f'attachment; filename="results-{name}-{days}.{kind}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


assert set(_VALUES) == VALUED <= set(get_args(SetName))
