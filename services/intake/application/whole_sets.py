"""The transaction sets of an input that fits in memory, each as what is to be applied of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recoup_x12 import (
    ClaimRead,
    EligibilityRead,
    InterchangeStart,
    Item,
    PaymentItemRead,
    ProviderAdjustmentsRead,
    RemittanceRead,
    RequestRead,
    StatusRead,
    TransactionEnd,
)
from services.intake.application.pending_input import (
    ANSWERS,
    InputCounts,
    PendingInput,
    Serials,
    count_set,
    is_test,
    note,
    payments_of,
)


def sets_of(items: Iterable[Item], interchange_id: str, counts: InputCounts) -> Iterator[PendingInput]:
    """Collect what was read into one pending input for each set that was accepted; for input that fits in memory.

    Args:
        items: What was read, in order.
        interchange_id: The id of the input.
        counts: Counts what was read, and keeps what is wrong with it.

    Yields:
        What can be applied: whole sets only, and the acknowledgments that stand in none.
    """
    held, serials = PendingInput(interchange_id), Serials()
    for item in items:
        if isinstance(item, ClaimRead | RemittanceRead):
            counts.problem(held.add(item, serials.next(item)))
        elif isinstance(item, TransactionEnd):
            if count_set(item, counts):
                yield held
            else:
                counts.refuse(held.claims)
            held = PendingInput(interchange_id, test=held.test)
        elif isinstance(item, InterchangeStart):
            if held.outbound_acks or held.tests:
                yield held
            held = PendingInput(interchange_id, test=is_test(item))
        elif isinstance(item, ProviderAdjustmentsRead):
            held.adjust(item)
        elif isinstance(item, PaymentItemRead):
            held.keep(item)
        elif isinstance(item, RequestRead):
            counts.problem(held.ask(item))
        elif isinstance(item, ANSWERS):
            held.receive(item)
        elif isinstance(item, StatusRead):
            held.report(item)
        elif isinstance(item, EligibilityRead):
            held.cover(item)
        else:
            note(item, counts)
    if held.outbound_acks or held.tests:  # a TA1 stands in no transaction set
        yield held
    elif held.payments or held.held:
        yield payments_of(held)
