"""What benchmark keeps of a claim once its payer took payments back, whole or some of their lines."""

from __future__ import annotations

from msgspec.structs import replace

from services.benchmark.domain.claim_state import ClaimFile, standing_of
from services.benchmark.domain.parts import apart, combined
from services.benchmark.domain.recouped import Recouped
from shared.adjustments import with_line_adjustments
from shared.events.claims import RemittanceFacts
from shared.payer_answers import answer_of, reversed_answers, reversed_lines


def after_reversal(file: ClaimFile, reversal: RemittanceFacts) -> ClaimFile:
    """After the payer took back the payment, or some or all of its parts, whichever reversals said so.

    Of one that counts twice one is left, which says the same. A payment of which some lines are taken back is two from
    then on: these lines, which are gone, and the others.
    """
    standing = standing_of(file)
    every = (*standing, *file.again)
    answer = answer_of(with_line_adjustments(reversal))
    every_found = reversed_answers(answer, [answer_of(part) for part in every])
    left = tuple(one for at, one in enumerate(file.again, len(standing)) if at not in every_found)
    file, found = replace(file, again=left), [at for at in every_found if at < len(standing)]
    part = None if every_found else reversed_lines(answer, [answer_of(one) for one in standing])
    if part is not None:
        whole = standing[part[0]]
        removed, rest = apart(whole, answer.numbers, f"{whole.remittance_id}~{reversal.remittance_id}")
        before = file.parts or standing
        at = before.index(whole)
        file = replace(file, parts=(*before[:at], removed, rest, *before[at + 1 :]))
        standing = (removed, *standing[: part[0]], rest, *standing[part[0] + 1 :])
        found = [0]
    return _without(file, standing, found, reversal) if found else file


def _without(
    file: ClaimFile, standing: tuple[RemittanceFacts, ...], found: list[int], reversal: RemittanceFacts
) -> ClaimFile:
    if file.gone is None and (left := _answered_since(standing, found)):
        return replace(file, remittance=combined(left), parts=left if len(left) > 1 else ())
    names = (*file.reversed, *(standing[at].remittance_id for at in found))
    removed = [part for part in file.parts or standing if part.remittance_id in names]
    whole = len(found) == len(standing)
    recouped = Recouped(
        combined(removed).paid,
        reversal.received_on,
        reversal.remittance_id,
        whole=True,
        lines=() if whole else tuple(line.line for part in removed for line in part.lines),
        arrived_on=reversal.arrived_on,
    )
    return replace(
        file,
        remittance=None,
        gone=combined(removed) if whole else removed[-1],
        taken=recouped,
        reversed=names if file.parts else (),
    )


def _answered_since(standing: tuple[RemittanceFacts, ...], found: list[int]) -> tuple[RemittanceFacts, ...]:
    """The payments that are left, where those after the one taken back answer all its lines; else none."""
    answered = {line.line for at in found for line in standing[at].lines}
    after = {line.line for part in standing[max(found) + 1 :] for line in part.lines if line.line}
    return tuple(part for at, part in enumerate(standing) if at not in found) if answered and answered <= after else ()
