"""Keeps the X12 answers to an input, sealed, and queues the events that say they are there.

A 277CA names patients, so answers are sealed as claims are; the events carry codes, amounts and control numbers. An
answer is written, stored and read again in parts, so that it never is in memory as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from recoup_x12 import Acknowledger, Answer, Judged, Piece
from services.intake.application.input_ports import AnswersKept
from shared.db.pool import Pool
from shared.db.rows import Row
from shared.events.answers import (
    ClaimAcknowledgment,
    ClaimsAcknowledged,
    ClaimStatusCode,
    InterchangeAnswered,
    SetVerdict,
)
from shared.events.base import Event
from shared.runtime.bulk import insert_rows
from shared.runtime.dead_letters import NIL
from shared.runtime.unit_of_work import UnitOfWork
from shared.sealing import SealBroken, Vault


class _AnswerRow(Row):
    ordinal: int
    part: int
    kind: str
    sealed: bytes
    tenant: str


PART = 64 * 1024
"""Characters of an answer from which the next piece begins another part."""
_ANSWERS = {"interchange_id": "uuid", "ordinal": "integer", "part": "integer", "kind": "text", "sealed": "bytea"}
_NAMED = 500
"""Answers that a summary names."""
_AT_ONCE = 16
"""Full parts written, or read, with one statement."""
_ROWS = 500
_KINDS: dict[str, Literal["TA1", "999", "277CA"]] = {"TA1": "TA1", "999": "999", "277": "277CA"}


async def keep_answers(
    uow: UnitOfWork,
    vault: Vault,
    tenant: str,
    inputs: Sequence[tuple[str, Acknowledger]],
    events: Mapping[str, str] = MappingProxyType({}),
) -> list[AnswersKept]:
    """Store the answers to inputs, each given by its id, in their order, and emit their events.

    `events`: input id → the id that its sender gave the event it came in; its answers name it as what they answer.

    Where there is much of it, rows and events are written as it goes (`UnitOfWork.flush`).
    """
    keeping = _Keeping(uow, vault, tenant)
    await uow.conn.execute("DELETE FROM answers WHERE interchange_id = ANY($1::uuid[])", [known for known, _ in inputs])
    found: list[AnswersKept] = []
    for interchange_id, answering in inputs:
        kept = AnswersKept()
        keeping.sequence = ordinal = 0
        keeping.answers = events.get(interchange_id, "")
        for answer in answering.answers():
            if answer is None:
                await asyncio.sleep(0)
                continue
            await keeping.keep(interchange_id, ordinal, answer)
            if len(kept.names) < _NAMED:
                kept.names.append(f"{answer.kind} to {answer.answers}")
            else:
                kept.more += 1
            ordinal += 1
        found.append(kept)
    await keeping.write()
    return found


class _Keeping:
    """Rows that are not written yet, across answers and inputs."""

    def __init__(self, uow: UnitOfWork, vault: Vault, tenant: str) -> None:
        self._uow = uow
        self._vault = vault
        self._tenant = tenant
        self._rows: list[tuple[str, int, int, str, bytes]] = []
        self._size = 0
        self.sequence = 0
        self.answers = ""

    async def keep(self, interchange_id: str, ordinal: int, answer: Answer) -> None:
        self._emit(interchange_id, _answered(interchange_id, ordinal, answer))
        part, texts, size = 0, list[str](), 0
        for piece in answer.pieces():
            texts.append(piece.text)
            size += len(piece.text)
            if piece.claims:
                self._emit(interchange_id, _acknowledged(interchange_id, ordinal, answer, piece))
            if size >= PART:
                self._add(interchange_id, ordinal, part, answer.kind, "".join(texts))
                part, texts, size = part + 1, [], 0
                await asyncio.sleep(0)
                await self._write_much()
        if texts:
            self._add(interchange_id, ordinal, part, answer.kind, "".join(texts))
        await self._write_much()

    async def _write_much(self) -> None:
        if self._size >= _AT_ONCE * PART or len(self._rows) >= _ROWS:
            await self.write()
            await self._uow.flush()

    async def write(self) -> None:
        rows, self._rows, self._size = self._rows, [], 0
        await insert_rows(self._uow.conn, "answers", _ANSWERS, rows)

    def _add(self, interchange_id: str, ordinal: int, part: int, kind: str, text: str) -> None:
        sealed = self._vault.seal_text(text, self._tenant, interchange_id, part_field(ordinal, part))
        self._rows.append((interchange_id, ordinal, part, kind, sealed))
        self._size += len(text)

    def _emit(self, interchange_id: str, event: Event) -> None:
        self.sequence += 1
        self._uow.emit(
            event,
            sequence=self.sequence,
            tenant=self._tenant,
            causation_id=self.answers,
            aggregate="interchange",
            key=interchange_id,
        )


async def are_kept(pool: Pool, interchange_id: str, tenant: str) -> bool:
    """Return True if there is any answer to an interchange of `tenant` (empty: of any)."""
    return await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM answers a JOIN interchanges i USING (interchange_id) "
        "WHERE a.interchange_id = $1 AND $2 IN ('', i.tenant))",
        interchange_id,
        tenant,
    )


async def check_openable(pool: Pool, vault: Vault, interchange_id: str) -> None:
    """Raise `SealBroken` where a part was sealed with a key that is missing: better than to break off in the middle."""
    missing = await pool.fetchval(
        "SELECT EXISTS (SELECT 1 FROM answers WHERE interchange_id = $1 AND NOT EXISTS ("
        "SELECT 1 FROM unnest($2::bytea[]) AS m(mark) WHERE substring(sealed FROM 1 FOR length(mark)) = mark))",
        interchange_id,
        vault.marks,
    )
    if missing:
        raise SealBroken("sealed with a key that is not in the ring")


async def read_answers(
    pool: Pool, vault: Vault, interchange_id: str, tenant: str, kind: str = ""
) -> AsyncGenerator[tuple[int, str, str]]:
    """(ordinal, kind, text) of each part of the answers to an interchange of `tenant` (empty: of any), in order.

    No connection is held between parts, so a reader may take its time.
    """
    ordinal = part = -1
    while True:
        rows = await pool.fetch(
            "SELECT a.ordinal, a.part, a.kind, a.sealed, i.tenant FROM answers a JOIN interchanges i "
            "USING (interchange_id) WHERE a.interchange_id = $1 AND $2 IN ('', i.tenant) AND $3 IN ('', a.kind) "
            "AND (a.ordinal, a.part) > ($4, $5) ORDER BY a.ordinal, a.part LIMIT $6",
            interchange_id,
            tenant,
            kind,
            ordinal,
            part,
            _AT_ONCE,
            record_class=_AnswerRow,
        )
        for row in rows:
            ordinal, part = row.ordinal, row.part
            field = part_field(ordinal, part)
            yield (
                ordinal,
                row.kind,
                vault.open_text(row.sealed, row.tenant, interchange_id, field),
            )
        if len(rows) < _AT_ONCE:
            return


def part_field(ordinal: int, part: int) -> str:
    """What a sealed part is bound to beside its interchange."""
    return f"answer{ordinal}.{part}" if part else f"answer{ordinal}"


def _answered(interchange_id: str, ordinal: int, answer: Answer) -> InterchangeAnswered:
    verdict: Any = answer.verdict
    return InterchangeAnswered(
        claim_id=NIL,
        interchange_id=interchange_id,
        ordinal=ordinal,
        kind=_KINDS[answer.kind],
        answers=answer.answers,
        verdict=verdict,
        receiver=answer.receiver,
        codes=answer.codes,
        sets_received=answer.sets_received,
        sets_accepted=answer.sets_accepted,
        sets=tuple(_set(one) for one in answer.sets),
        claims_accepted=answer.claims_accepted,
        claims_refused=answer.claims_refused,
        test=answer.test,
    )


def _acknowledged(interchange_id: str, ordinal: int, answer: Answer, piece: Piece) -> ClaimsAcknowledged:
    return ClaimsAcknowledged(
        claim_id=NIL,
        interchange_id=interchange_id,
        ordinal=ordinal,
        answers=answer.answers,
        transaction=piece.transaction,
        first=piece.first,
        claims=tuple(_claim(claim) for claim in piece.claims),
        test=answer.test,
    )


def _set(one: Any) -> SetVerdict:
    return SetVerdict(group_control=one.group_control, control=one.control, verdict=one.verdict, codes=one.codes)


def _claim(claim: Judged) -> ClaimAcknowledgment:
    status = claim.status
    return ClaimAcknowledgment(
        patient_control_number=status.control_number,
        accepted=status.accepted,
        charge=status.charge,
        statuses=tuple(ClaimStatusCode(category=c, status=s, entity=e) for c, s, e in status.statuses),
        claim_id=claim.claim_id,
    )
