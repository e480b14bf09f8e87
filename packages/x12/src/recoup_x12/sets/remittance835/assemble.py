"""How the loops of an 835 become values, and which segments they are made of."""

from __future__ import annotations

from recoup_x12.core.guide import EXTEND, SET, Assembly, Node
from recoup_x12.sets.remittance835.model import ServicePayment
from recoup_x12.sets.remittance835.values import remittance_values


def _service(node: Node) -> ServicePayment | None:
    base = node.pop("base")
    return ServicePayment(*base, **node) if base[2] is not None else None


ASSEMBLY = Assembly(
    fields={
        "CLP": (SET, "base"), "BPR": (SET, "bpr"), "RDM": (SET, "rdm"), "TS3": (SET, "ts3"), "TS2": (SET, "ts2"),
        "PLB": (EXTEND, "plb"),
    },
    values=remittance_values,
    makers={"service": _service},
    keepers=frozenset({"service"}),
    lines=frozenset({"service"}),
    unique=frozenset({"CLP"}),
    personal_roots=frozenset({"2100"}),
)  # fmt: skip
