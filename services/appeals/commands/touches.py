"""`touches`: how many touches of a person a book of disputes still needs, and why. Needs no server."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from shared.listing import AsJson


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(touches)


def touches(
    disputes: Annotated[int, typer.Option(min=1, max=100_000, help="how many disputes the made-up book has")] = 10_000,
    seed: Annotated[int, typer.Option(help="the same seed makes the same book")] = 1,
    as_json: AsJson = False,
) -> None:
    """Walk a made-up book of disputes by the rules, and count what is left to a person, with the reason.

    The second part is how many required answers of the federal forms a person types, by field.
    """
    from services.appeals.touches import count

    counted = count(disputes, seed)
    if as_json:
        document = {**msgspec.to_builtins(counted), "typed_share": f"{counted.typed_share:.4f}"}
        typer.echo(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        return
    typer.echo(f"{counted.disputes} disputes, {sum(one.touches for one in counted.touches)} touches of a person")
    for one in counted.touches:
        typer.echo(f"{one.touches:>8}  {one.kind}, in {one.disputes} disputes: {one.why}")
    typer.echo(f"{counted.rows_in_bulk:>8}  rows of files, confirmed together (`recoup idr messages`)")
    for form in counted.forms:
        typer.echo(f"{form.form}: {form.typed} of {form.answers} required answers are typed")
        for field, number in form.fields.items():
            typer.echo(f"{number:>8}  {field}")
    typer.echo(f"typed by hand: {counted.typed_share:.1%} of the required answers")
