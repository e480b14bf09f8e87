"""What the demo prints at its end."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recoup_tools.demo.figures import Books, Spread
from recoup_tools.demo.readlog import LoggedClaim
from recoup_tools.demo.timeline import timeline


def print_report(console: Console, books: Books, sample: LoggedClaim | None, *, claims: int, seconds: float) -> None:
    """The summary, one claim's timeline, and the verdict on the books."""
    figures = books.figures()
    if sample is not None:
        console.rule(f"the life of claim {sample.claim_id}")
        console.print(timeline(sample.log), markup=False, highlight=False)
    console.rule("summary")
    table = Table(show_header=False, box=None, padding=(0, 2))
    rows: list[tuple[str, str]] = [
        ("claims", f"{figures.claims:,} ({claims / seconds:,.0f} claims/s from submission to the end of the last one)"),
        ("ended", ", ".join(f"{name} {n:,}" for name, n in figures.by_end.items())),
        ("first verdict underpaid", _percent(figures.underpaid_share)),
        ("events", ", ".join(f"{name} {n:,}" for name, n in figures.events.items() if n)),
        ("settled by", ", ".join(f"{name} {n:,}" for name, n in figures.settled_by.items()) or "none"),
        ("billed", _dollars(figures.billed)),
        ("paid at first", _dollars(figures.paid_at_first)),
        ("paid in the end", _dollars(figures.paid)),
        ("recovered", f"{_dollars(figures.recovered)}, at {_dollars(figures.costs)} of fees"),
    ]
    if figures.uplift:
        rows.append(("recovered a disputed claim", _spread(figures.uplift, "$")))
    if figures.uplift_ratio:
        ratio = figures.uplift_ratio
        rows.append(("uplift over the first payment", f"median {_percent(ratio.p50)}, mean {_percent(ratio.mean)}"))
    rows += [("cannot be judged", f"{n:,}: {why}") for why, n in figures.unjudged.items()]
    rows += [(f"{name}, s", _spread(spread, "")) for name, spread in figures.latency.items()]
    for name, text in rows:
        table.add_row(f"[bold]{name}[/bold]", escape(text))
    console.print(table)
    if books.discrepancy_count == 0:
        console.print("[green]The books are right:[/green] every claim accounted for, every cent explained.")
        return
    console.print(f"[red]The books are wrong: {books.discrepancy_count} discrepancies.[/red]")
    for discrepancy in books.discrepancies[:20]:
        console.print(f"  {discrepancy}", markup=False)


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def _percent(share: Decimal) -> str:
    return f"{share * 100:.1f} %"


def _spread(spread: Spread, unit: str) -> str:
    parts = (("median", spread.p50), ("p90", spread.p90), ("p99", spread.p99), ("mean", spread.mean))
    return ", ".join(f"{name} {unit}{value:,.2f}" for name, value in parts)
