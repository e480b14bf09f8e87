"""What is told of the governing law: the answer with its rules, and what it means for the patient."""

from __future__ import annotations

from services.appeals.domain.judgement import OVERRIDE, Governing, Law
from services.appeals.domain.state_tables import StateRow
from shared.events.pursuit import GoverningLawDetermined, Protection, RuleFired

_DECIDED: dict[Law, Protection] = {"federal": "federal", "state": "state", "commercial": "none"}


def determined(claim_id: str, governing: Governing, row: StateRow | None, /) -> GoverningLawDetermined:
    """The event that tells the law; `row` is the process that the state of service has at that day.

    Who decided and why stays in the journal: a reason written by hand may name the patient.
    """
    known = row is not None and row.mechanism not in ("none", "unknown")
    return GoverningLawDetermined(
        claim_id=claim_id,
        law=governing.law,
        scope=governing.scope,
        plan=governing.plan,
        protection=protection_of(governing),
        fired=tuple(
            RuleFired(
                rule=fired.rule,
                finding="a person decided" if fired.rule == OVERRIDE else fired.finding,
                source=fired.source,
            )
            for fired in governing.fired
        ),
        missing=governing.missing,
        state=row.state if row is not None and known else "",
        by_person=governing.by_person,
    )


def protection_of(governing: Governing) -> Protection:
    """What protects the patient from a balance bill, by the same rules that decide the payer's question.

    42 USC 300gg-131 and 132 protect the patient also where the payment goes by a state's process or is final already;
    the process is what is open then, not the protection.
    """
    law, rules = governing.law, {fired.rule for fired in governing.fired}
    if law == "excluded":
        return "public" if governing.plan == "public" else "other_program"
    if governing.by_person:
        return _DECIDED.get(law, "open")
    if law == "federal" or "already_final" in rules:  # a final payment under the federal process (N874, N875)
        return "federal"
    if "all_payer_state" in rules:
        return "emergency"  # who pays what is the state's; that the patient owes no balance is the Act's
    if rules & {"consent", "consent_disputed"}:
        return "consent"
    if "contradiction" in rules:
        return "open"
    if law == "state" or rules & {"state_named", "state_without_arbitration"}:
        return "state"
    if law == "commercial":
        named = any(rule.startswith("rarc_") and rule != "rarc_absent" for rule in rules)
        return "open" if named else "none"  # a payer that names the Act's codes may see what the claim does not show
    if "state_may_govern" in rules:
        return "either"
    return "emergency" if governing.scope == "emergency" else "open"
