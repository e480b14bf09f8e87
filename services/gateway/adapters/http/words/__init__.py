"""What members of the gateway's requests and answers mean, where they do not say so themselves."""

from __future__ import annotations

from services.gateway.adapters.http.words.cases import CASES
from services.gateway.adapters.http.words.claims import CLAIMS
from services.gateway.adapters.http.words.desk import DESK
from services.gateway.adapters.http.words.figures import FIGURES
from services.gateway.adapters.http.words.keys import KEYS
from services.gateway.adapters.http.words.patients import PATIENTS
from shared.api.submitted_words import SUBMITTED

MEMBERS = {**CASES, **CLAIMS, **DESK, **FIGURES, **KEYS, **PATIENTS, **SUBMITTED}
