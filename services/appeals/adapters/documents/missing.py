"""What a document lacks, in the words of the people who can supply it."""

from __future__ import annotations

_WHERE = {
    "profile.provider": "in the practice's profile: ",
    "profile.payer": "in the payer's profile: ",
    "profile.authority": "in the state authority's profile: ",
    "profile.entity": "in the IDR entity's profile: ",
    "attachment": "attached to the case: ",
    "letter": "for the letter's words: ",
}
_WORDS = {
    "remittance.payer_claim_number": "the payer's claim number, which the remittance does not give",
    "remittance.qpa": "the qualifying payment amount of every line, which the remittance does not give",
    "attest.no_conflict": "a person's word that the proposed IDR entity has no conflict of interest",
    "profile.provider.signatory": "in the practice's profile: who signs",
    "letter.carc": "for the letter's words: the denial's reason code (CARC)",
    "letter.state_law": "for the letter's words: the state's law",
}


def missing_words(key: str) -> str:
    """A key of `missing`, `profile.payer.appeals_address` for instance, in words."""
    if key in _WORDS:
        return _WORDS[key]
    for place, words in _WHERE.items():
        if key.startswith(f"{place}."):
            return words + key.removeprefix(f"{place}.").replace("_", " ")
    return key.replace("_", " ").replace(".", ", ")


_FORMS = {
    "profile.provider": "profiles/provider",
    "profile.payer": "profiles/payer",
    "profile.authority": "profiles/authority",
    "profile.entity": "profiles/entity",
    "attachment": "case/attachments",
    "attest": "case/filing",
    "letter.carc": "case/facts",
    "letter.state_law": "case/law",
    "remittance": "case/facts",
}


def form_of(key: str) -> str:
    """Where a key of `missing` is filled in: a profile, or the act on the case that states it; empty where nowhere."""
    return next((form for place, form in _FORMS.items() if key == place or key.startswith(f"{place}.")), "")
