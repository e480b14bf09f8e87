"""A transaction set is a folder: registered once, with samples, over a core that needs to know nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module, resources
from pathlib import Path
from pkgutil import iter_modules

import pytest
from msgspec.structs import replace

from recoup_x12 import (
    SETS,
    ClaimRead,
    Item,
    Registry,
    TransactionEnd,
    TransactionSet,
    UnitRead,
    Unreadable,
    read,
    sets,
    write_attachment,
    write_claims,
)
from recoup_x12.core.guide import ADD, Assembly, compile_guide
from recoup_x12.core.parser import Unit
from recoup_x12.core.problem import Problem
from recoup_x12.core.source import Source
from recoup_x12.core.transaction import TransactionReader
from recoup_x12.core.writing import Route
from recoup_x12.model import AdditionalInformation, AnsweringDocument, Document
from tests.unit.x12.files import encoded, envelope, sample

FOLDERS = sorted(module.name for module in iter_modules(sets.__path__) if module.ispkg)
SAMPLES = [(folder, path) for folder in FOLDERS for path in sorted((Path(sets.__path__[0]) / folder).glob("samples/*"))]
NOW = datetime(2025, 6, 20, 14, 5, tzinfo=UTC)


def test_every_folder_is_registered_once() -> None:
    declared = [import_module(f"recoup_x12.sets.{folder}").SET for folder in FOLDERS]
    assert sorted(map(id, declared)) == sorted(map(id, SETS.sets))


def test_no_implementation_belongs_to_two_sets() -> None:
    names = [name for known in SETS.sets for name in known.implementations]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_set_has_a_sample(folder: str) -> None:
    assert any(name == folder for name, _ in SAMPLES)


@pytest.mark.parametrize(
    ("folder", "path"),
    [(folder, path) for folder, path in SAMPLES if folder != "attachment275"],  # is written, not read
    ids=lambda value: getattr(value, "stem", value),
)
def test_a_sample_of_a_set_that_is_read_has_no_fault(folder: str, path: Path) -> None:
    known: TransactionSet = import_module(f"recoup_x12.sets.{folder}").SET
    found = list(read([path.read_bytes()]))
    assert not any(isinstance(item, Unreadable) for item in found)
    assert [problem for item in found for problem in getattr(item, "problems", ())] == []
    (end,) = [item for item in found if isinstance(item, TransactionEnd)]
    assert (end.kind, end.verdict) == (known.id, "A")


@pytest.mark.parametrize("name", ["professional", "institutional", "dental"])
def test_a_sample_claim_is_written_as_it_was_read(name: str) -> None:
    data = resources.files("recoup_x12.sets.claim837").joinpath("samples", f"{name}.edi").read_bytes()
    claims = [item.claim for item in read([data]) if isinstance(item, ClaimRead) and item.claim]
    written = write_claims(claims, Route("CLINIC", "PAYER"), 42, NOW)
    again = [item.claim for item in read([written.encode()]) if isinstance(item, ClaimRead) and item.claim]
    assert [replace(claim, source=None) for claim in again] == [replace(claim, source=None) for claim in claims]
    assert written.split("~\n")[3:-4] == sample("claim837", f"{name}.edi")


def test_an_attachment_is_written_as_its_sample() -> None:
    data = resources.files("recoup_x12.sets.claim837").joinpath("samples", "professional.edi").read_bytes()
    claim = next(item.claim for item in read([data]) if isinstance(item, ClaimRead) and item.claim)
    out = AdditionalInformation(
        False, "APPEAL7", "APPEAL7", claim.payer, claim.submitter, claim.billing, claim.who, claim.control_number,
        (AnsweringDocument(Document(b"%PDF-1.7\n")),), ("ZZ", "CLINIC", "ZZ", "PAYER", "CLINIC", "PAYER", "P"),
        address=claim.billing.address, served_from=claim.service_from, served_to=claim.service_to,
    )  # fmt: skip
    assert write_attachment(out, 7, NOW).split("~\n")[3:-4] == sample("attachment275", "unsolicited.edi")


# --- a set of a caller's own: 824 application advice (005010X186A1), boiled down to a reference and its notes --


class Advice(UnitRead, frozen=True):
    """What is said of one transaction, by its reference."""

    notes: tuple[str, ...]


class AdviceReader(TransactionReader):
    boundaries = frozenset({"REF"})
    unit_roots = frozenset({"2000"})

    def root_of(self, text: str) -> str:
        return "2000"

    def close_unit(self, root: str, unit: Unit) -> Item | None:
        if root != "2000":
            return None
        base = unit.node["base"]
        self.note(unit.problems)
        return Advice(unit.problems, base.value, tuple(note.text for note in unit.node["notes"]))

    def broken(self, control: str, problem: Problem, source: Source) -> Item | None:
        return Advice((problem,), control, ())

    def finish(self) -> Iterator[Item]:
        return iter(())


ADVICE = compile_guide(
    "advice",
    """
@HEADER ST R 1 header
 ST R 1
 BHT R 1
@2000 REF*TN R * advice
 NTE*ADD S 3
""",
    Assembly(fields={"NTE": (ADD, "notes")}),
)


def test_a_set_of_ones_own_needs_no_change_in_the_package() -> None:
    own = TransactionSet("824", "AG", {"005010X186A1": ADVICE}, ("X186A1",), AdviceReader)
    rows = ["BHT*0019*00*B1*20250601*1200", "REF*TN*CTRL1", "NTE*ADD*NOT TAKEN", "REF*TN*CTRL2", "NTE*ADD*TAKEN"]
    data = encoded(envelope(rows, "AG", "824", "005010X186A1"))
    assert not any(isinstance(item, UnitRead) for item in read([data]))
    found = list(read([data], sets=Registry((*SETS.sets, own))))
    advice = [(item.control_number, item.notes) for item in found if isinstance(item, Advice)]
    assert advice == [("CTRL1", ("NOT TAKEN",)), ("CTRL2", ("TAKEN",))]
    (end,) = [item for item in found if isinstance(item, TransactionEnd)]
    assert (end.kind, end.verdict, end.claims, end.problems) == ("824", "A", 2, ())
