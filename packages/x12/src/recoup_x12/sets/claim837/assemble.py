"""How the loops of an 837 become values, and which segments they are made of."""

from __future__ import annotations

from msgspec.structs import replace

from recoup_x12.core.guide import ADD, EXTEND, SET, Assembly, Node
from recoup_x12.sets.claim837 import model as c
from recoup_x12.sets.claim837.values import claim_values


def _line(node: Node) -> c.Line:
    number = node.pop("base")
    service = node.pop("service", None)
    return c.Line(number, *service, **node) if service is not None else c.Line(number, **node)


def _other_payer(node: Node) -> c.OtherPayer:
    return c.OtherPayer(node.pop("base"), **node)


def _adjudication(node: Node) -> c.LineAdjudication:
    base = node.pop("base")
    return replace(base, **node) if node else base


def _drug(node: Node) -> c.Drug:
    base: c.Drug = node["base"]
    quantity, unit = node.get("ctp") or (None, "")
    return c.Drug(base.qualifier, base.code, quantity, unit, node.get("references", ()))


def _form(node: Node) -> c.SupportingForm:
    base = node["base"]
    return c.SupportingForm(base.qualifier, base.value, node.get("answers", ()))


ASSEMBLY = Assembly(
    fields={
        "CLM": (SET, "base"), "SV1": (SET, "service"), "SV2": (SET, "service"), "SV3": (SET, "service"),
        "SBR": (SET, "coverage"), "HI": (EXTEND, "health_codes"), "CL1": (SET, "admission"),
        "CR1": (SET, "transport"), "CR2": (SET, "spinal"), "CR3": (SET, "certification"),
        "DN1": (SET, "orthodontics"), "DN2": (ADD, "tooth_statuses"), "SV5": (SET, "equipment"),
        "TOO": (ADD, "teeth"), "MEA": (ADD, "measurements"), "PS1": (SET, "purchased"), "CTP": (SET, "ctp"),
        "FRM": (ADD, "answers"),
    },
    values=claim_values,
    makers={
        "line": _line, "other_payer": _other_payer, "adjudication": _adjudication, "drug": _drug, "form": _form,
    },
    keepers=frozenset({"line", "other_payer"}),
    lines=frozenset({"line"}),
    unique=frozenset({"CLM"}),
    personal_roots=frozenset({"2000B", "2000C", "2300"}),
    priced=frozenset({"SV1"}),
)  # fmt: skip
