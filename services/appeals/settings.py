"""Settings of the appeals service."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from services.appeals.adapters.rules import RULES, TEMPLATES
from services.appeals.domain.case import Policy
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.steps import ForumName
from shared.calendar import Convention
from shared.settings import Settings

ALL_FORUMS: frozenset[ForumName] = frozenset(FORUMS)


class AppealsSettings(Settings):
    """The appeals service's own settings."""

    port: int = 8083
    phi_keys: Annotated[
        SecretStr,
        Field(description="keys that seal evidence: base64 of 4 bytes id + 32 bytes key, newest first, by comma"),
    ]
    appeals_rules: Annotated[Path, Field(description="directory of the rule tables")] = RULES
    appeals_templates: Annotated[Path, Field(description="directory of the letters and their words")] = TEMPLATES
    appeals_convention: Annotated[
        Convention, Field(description='how periods "beginning on" a day count that day: safe, inclusive, exclusive')
    ] = "safe"
    appeals_attest: Annotated[
        frozenset[ForumName],
        Field(description="JSON list of forums in which a person attests every filing; [] only in a rehearsal"),
    ] = ALL_FORUMS
    appeals_idr_win_probability: Annotated[
        Decimal, Field(ge=0, le=1, description="expected share of IDR disputes won, to judge whether one pays")
    ] = Decimal("0.60")
    appeals_idr_entity: Annotated[
        str,
        Field(
            max_length=120, description="the IDR entity we propose, by its name in entities.csv: its fee is expected"
        ),
    ] = ""
    appeals_idr_gather_days: Annotated[
        int,
        Field(
            ge=0,
            le=2,
            description="business days after its window opened on which a claim is initiated, together with those it "
            "may be batched with by then; 0: at once and alone",
        ),
    ] = 1
    appeals_outbox: Annotated[
        Path | None, Field(description="directory for filings to print and mail; empty: filings wait in the worklist")
    ] = None
    appeals_smtp: Annotated[
        str, Field(description="SMTP server for filing by e-mail as host:port, TLS required; empty: no e-mail")
    ] = ""
    appeals_mail_from: Annotated[str, Field(description="sender's address of filings by e-mail")] = ""
    appeals_intake_url: Annotated[
        str, Field(description="intake's URL, for filing by X12 275 (channel x12); empty: no such channel")
    ] = ""
    appeals_intake_token: Annotated[
        SecretStr, Field(description="token of RECOUP_INTAKE_SENDERS by which the appeals service is known to intake")
    ] = SecretStr("")
    appeals_staff: Annotated[
        SecretStr,
        Field(
            description="who may work on cases: name:token, or gateway:desk:token, by comma; tokens of 16 characters"
        ),
    ] = SecretStr("")

    def policy(self) -> Policy:
        """The practice's policy for the domain."""
        return Policy(
            attest=self.appeals_attest,
            convention=self.appeals_convention,
            idr_win_probability=self.appeals_idr_win_probability,
            idr_entity=self.appeals_idr_entity,
            idr_gather_days=self.appeals_idr_gather_days,
        )
