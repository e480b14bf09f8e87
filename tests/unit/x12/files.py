"""The samples of the sets, small and written by hand, and helpers to change one thing at a time."""

from __future__ import annotations

from importlib import resources

from recoup_x12 import ClaimRead, Item, Problem, RemittanceRead, TransactionEnd, read

ISA = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *250601*1200*^*00501*000000042*0*P*:"


def sample(folder: str, name: str) -> list[str]:
    """The segments between ST and SE of a sample that lies in a set's folder."""
    text = resources.files(f"recoup_x12.sets.{folder}").joinpath("samples", name).read_text("ascii")
    rows = text.split("~\n")
    return rows[3 : next(at for at, row in enumerate(rows) if row.startswith("SE*"))]


# One practice; a subscriber who is the patient (two lines, 100.00 + 50.50) and a dependent (one line, 75.25).
PROFESSIONAL = sample("claim837", "professional.edi")

# 500.00 paid = CLP04 300 + 250 less PLB 50 (positive PLB reduces the payment).
REMITTANCE = sample("remittance835", "remittance.edi")


def envelope(
    segments: list[str], code: str = "HC", kind: str = "837", version: str = "005010X222A1", count: int | None = None
) -> list[str]:
    """The segments in one interchange, group and transaction set, counts right unless `count` says otherwise."""
    return [
        ISA,
        f"GS*{code}*CLINIC*PAYER*20250601*1200*1*X*{version}",
        f"ST*{kind}*0001" + ("" if kind == "835" else f"*{version}"),
        *segments,
        f"SE*{len(segments) + 2 if count is None else count}*0001",
        "GE*1*1",
        "IEA*1*000000042",
    ]


def encoded(segments: list[str], end: str = "~\n") -> bytes:
    return "".join(s + end for s in segments).encode()


def professional(*changes: tuple[str, str]) -> bytes:
    """The professional file with segments replaced (`old` starts a segment; `new` "" drops it, `|` splits it)."""
    return encoded(envelope(changed(PROFESSIONAL, changes)))


def remittance(*changes: tuple[str, str]) -> bytes:
    return encoded(envelope(changed(REMITTANCE, changes), "HP", "835", "005010X221A1"))


def changed(segments: list[str], changes: tuple[tuple[str, str], ...]) -> list[str]:
    rows = list(segments)
    for old, new in changes:
        at = next(i for i, row in enumerate(rows) if row.startswith(old))
        rows[at : at + 1] = [part for part in new.split("|") if part]
    return rows


def items(data: bytes) -> list[Item]:
    return list(read([data]))


def claims(data: bytes) -> list[ClaimRead]:
    return [i for i in read([data]) if isinstance(i, ClaimRead)]


def remittances(data: bytes) -> list[RemittanceRead]:
    return [i for i in read([data]) if isinstance(i, RemittanceRead)]


def end(data: bytes) -> TransactionEnd:
    return next(i for i in read([data]) if isinstance(i, TransactionEnd))


def all_problems(data: bytes) -> list[Problem]:
    found: list[Problem] = []
    for item in read([data]):
        problems = getattr(item, "problems", None)
        found.extend(problems if problems is not None else [p] if (p := getattr(item, "problem", None)) else [])
    return found
