"""Which claims are stuck: those in a state that a service ends by itself, for longer than that takes.

Who waits for a person, for a payer or for a day of law is not stuck: an underpaid or denied claim stays so until
somebody files, and a settled one until the payer pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec


class Passing(msgspec.Struct, frozen=True):
    """A state that passes by itself: which service ends it, and how long that takes at most."""

    service: str
    within: timedelta


PASSING: Mapping[str, Passing] = {
    "adjudicated": Passing("benchmark", timedelta(minutes=15)),
    "paid_fairly": Passing("settlement", timedelta(minutes=15)),
    "unsuccessful": Passing("settlement", timedelta(hours=1)),
    "paid": Passing("settlement", timedelta(hours=1)),
    "voided": Passing("settlement", timedelta(minutes=15)),
}
"""By the state of the claim. Each is some events behind its cause; the time leaves room for a load of history."""
