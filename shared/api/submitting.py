"""What the routes of intake and the gateway declare that take claims and remittances in."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Header, Query

from shared.api.answer import encode
from shared.api.declared import Responses, answers
from shared.api.examples import ID as EXAMPLE_ID
from shared.api.refusals import TOO_LARGE, WRONG_MEDIA_TYPE, Refusal
from shared.api.schemas import ref
from shared.json_claim import INSTITUTIONAL, PROFESSIONAL, JsonClaim
from shared.submitted import AcceptedClaim, ClaimReceipt, Submitted

NOTHING_TAKEN = Refusal(
    422, "nothing-taken", "Nothing of this input stands; `receipts` and `problems` say why, each at its place.",
    "Correct what they name and send it again.",
    {"interchange_id": EXAMPLE_ID, "claims": {"rejected": 1}, "receipts": []},
)  # fmt: skip
NOT_X12 = Refusal(422, "not-x12", "The input does not begin with an ISA segment.", "Send X12 from its ISA segment on.")
PACKED = Refusal(422, "packed-input", "Nothing was taken in: the file cannot be unpacked.", "Send it unpacked.")
RECEIVED_ON = Refusal(
    422,
    "received-on",
    "X-Received-On is not a day of receipt.",
    "Give the day of receipt, or `history`, or leave it out.",
)
KEY_INVALID = Refusal(
    400, "idempotency-key-invalid", "The Idempotency-Key is too long or not printable.", "Send a UUID."
)
IN_FLIGHT = Refusal(
    409, "request-in-flight", "A request with this Idempotency-Key is being handled.",
    "Ask again after the seconds in Retry-After; the answer will be the first one's.",
)  # fmt: skip
TRY_AGAIN = Refusal(
    503, "try-again", "The database does not answer.", "Send the same again: what was committed counts once."
)
UNKNOWN_INTERCHANGE = Refusal(404, "unknown-interchange", "No interchange has this id.", "Read it in the answer.")
NO_ANSWERS = Refusal(404, "no-answers", "No X12 answer is kept under this id.", "JSON and FHIR get none.")
INVALID_CURSOR = Refusal(422, "invalid-cursor", "`cursor` is unknown.", "Pass `next` of the last page as it is.")
EXAMPLE = Submitted(
    interchange_id=EXAMPLE_ID, claims={"accepted": 2, "duplicate": 1}, sets_accepted=1,
    answers=["999 to 1001", "277 to 1001"],
    accepted_claims=[AcceptedClaim(1, EXAMPLE_ID), AcceptedClaim(3, "0b0a2f0e-8f0a-5c0e-9b1e-2d6c0f4a7b12")],
    receipts=[
        ClaimReceipt(
            "2c1d1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b13", "RVS-100483", "duplicate",
            "the same claim was received before", serial=2,
        )
    ],
)  # fmt: skip


def summary(*refused: Refusal) -> Responses:
    """The answers of a route that takes inputs, beside these of its own."""
    taking = (NOTHING_TAKEN, PACKED, RECEIVED_ON, KEY_INVALID, IN_FLIGHT, TRY_AGAIN, TOO_LARGE, WRONG_MEDIA_TYPE)
    text = "What became of the input, with every problem at its place."
    return answers(Submitted, example=EXAMPLE, refused=(*taking, *refused), description=text)


_ANY_SIZE = {"type": "string", "format": "binary"}


def _takes(media: str) -> dict[str, Any]:
    """A body of any size; the general media type is for clients, generated ones among them, that know no other."""
    content = {media: {"schema": _ANY_SIZE}, "application/octet-stream": {"schema": _ANY_SIZE}}
    return {"requestBody": {"required": True, "content": content}}


X12, NDJSON = _takes("application/edi-x12"), _takes("application/x-ndjson")
_FHIR: dict[str, Any] = {
    "description": "A FHIR R4 Claim, ExplanationOfBenefit, or Bundle of them with what they refer to.",
    "type": "object",
    "required": ["resourceType"],
    "properties": {
        "resourceType": {
            "type": "string", "enum": ["Claim", "ExplanationOfBenefit", "Bundle"],
            "description": "what it is; further members are the resource's, as FHIR R4 (4.0.1) says",
        }
    },
    "additionalProperties": True,
}  # fmt: skip
CLAIM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": ref(JsonClaim),
                "examples": {
                    name: {"summary": f"{name} claim", "value": json.loads(encode(one))}
                    for name, one in (("professional", PROFESSIONAL), ("institutional", INSTITUTIONAL))
                },
            },
            "application/fhir+json": {"schema": _FHIR, "example": {"resourceType": "Bundle", "entry": []}},
        },
    }
}
ReceivedOn = Annotated[
    str,
    Header(
        alias="X-Received-On",
        description="the day on which its payments were received, where that is not today: deadlines count from it; "
        "`history` where all of it is from before this system was in use, `history+3` with days for the mail, "
        "`history:` and a day where all of it was received on that",
        pattern=r"^((history:)?[0-9]{4}-[0-9]{2}-[0-9]{2}|history(\+[0-9]{1,2})?)$",
    ),
]
WithAnswers = Annotated[
    bool,
    Query(
        alias="x12",
        description="tell TA1, 999 and 277CA with the summary, where they are no more than a million characters",
    ),
]
Kind = Annotated[Literal["", "TA1", "999", "277"], Query(description="one kind only")]
Cursor = Annotated[str, Query(max_length=100, description="`next` of the page before; left out for the first")]
PageSize = Annotated[int, Query(alias="limit", ge=1, le=500, description="most items of a page")]
AfterSerial = Annotated[
    int, Query(alias="after", ge=0, le=2_000_000_000, description="only claims after this place in the input")
]
