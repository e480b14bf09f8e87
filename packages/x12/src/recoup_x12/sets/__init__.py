"""The transaction sets, one folder each; the registry names each once."""

from __future__ import annotations

from recoup_x12.core.sets import Registry
from recoup_x12.sets import (
    ack999,
    attachment275,
    claim837,
    eligibility271,
    remittance835,
    request277,
    status277,
    status277ca,
)

SETS = Registry((
    claim837.SET,
    remittance835.SET,
    request277.SET,
    status277ca.SET,
    status277.SET,
    eligibility271.SET,
    ack999.SET,
    attachment275.SET,
))  # fmt: skip
