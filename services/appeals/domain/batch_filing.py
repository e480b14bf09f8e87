"""Filing the IDR of several disputes as one: all of them or none, judged by the same rules as each alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from services.appeals.domain.batch_part import BatchPart
from services.appeals.domain.batching import Disputed, Filing, parts_of, plan_filings
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.cooling_off import RULE, Cooling, party_of
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from services.appeals.domain.forums.federal_idr import FEDERAL_IDR
from services.appeals.domain.forums.registry import forum_in
from services.appeals.domain.idr_expected import expected_in_idr
from services.appeals.domain.tables import Rules
from shared.decider import IllegalTransition
from shared.money import ZERO


def disputed_of(case: AppealCase, rules: Rules) -> list[Disputed]:
    """A claim's disputes that may be planned into a shared filing where they stand."""
    return [found for one in case.disputes if _planned(one) and (found := disputed(one, rules)) is not None]


def _planned(case: AppealCase) -> bool:
    forum = forum_in(case)
    return forum is not None and case.stage in forum.traits.may_share_filing


def disputed(case: AppealCase, rules: Rules) -> Disputed | None:
    """A dispute as it is planned; None where no negotiation was opened. `rules` tell what is known of its payer."""
    dispute = case.dispute
    if dispute is None or case.negotiation_on is None:
        return None
    codes = dispute.codes * dispute.lines if len(dispute.codes) == 1 else dispute.codes
    return Disputed(
        claim_id=case.claim_id,
        payer_id=case.facts.payer_id,
        npi=case.facts.billing_npi,
        tin=case.facts.billing_tin,
        service_on=case.facts.service_from,
        negotiation_on=case.negotiation_on,
        codes=codes,
        gap=dispute.target - dispute.allowed,
        after_cooling_off=next(
            ((d.opens or case.negotiation_on, d.due) for d in case.deadlines if d.rule == RULE), None
        ),
        party=party_of(case, rules),
        case_id=case.own_name,
    )


def key_of(case: AppealCase) -> str:
    """What names a dispute among those of many claims: its own id where its claim has several, else its claim's."""
    return case.own_name or case.claim_id


def awaits_batch(case: AppealCase) -> bool:
    """Return True if the dispute stands before IDR initiation and waits for others to be filed with."""
    return _stands(case) and case.deadline("gather") is not None


def _stands(case: AppealCase) -> bool:
    forum = forum_in(case)
    return forum is not None and case.stage == forum.traits.batch_stage


def meant(case: AppealCase, case_ids: Collection[str]) -> list[AppealCase]:
    """The claim's disputes that a person files: those among `case_ids`, or the only one before IDR initiation.

    Raises `IllegalTransition` where several stand there and none is named.
    """
    named = [one for one in case.disputes if one.case_id in case_ids]
    if named:
        return named
    open_disputes = [one for one in case.disputes if _stands(one)]
    if len(open_disputes) > 1:
        raise IllegalTransition(f"claim {case.claim_id}: several of its disputes may be meant; name them by `case_ids`")
    return open_disputes or [case]


def parts_for(
    rule_set: RuleSet, cases: Mapping[str, AppealCase], now: datetime, on: date, cooling: Cooling
) -> dict[str, BatchPart]:
    """The batches to file now among these disputes, as each one's part; what is cheapest alone is left out.

    `cases` are the disputes by `key_of`, and so are the parts.
    """
    fit = {i: case for i, case in cases.items() if _refusal(rule_set, case, now, on) is None}
    found = {i: d for i, case in fit.items() if (d := disputed(case, rule_set.rules)) is not None}
    share, entity = rule_set.policy.idr_entity_fee_share, rule_set.policy.idr_entity
    plan = plan_filings(found.values(), rule_set.schedule, on, fee_share=share, entity_name=entity, cooling=cooling)
    parts: dict[str, BatchPart] = {}
    for filing in plan.filings:
        if filing.kind == "batch" and _pays(rule_set, filing, [fit[key] for key in filing.keys], now):
            parts |= parts_of(filing, {key: len(found[key].codes) or 1 for key in filing.keys})
    return parts


def _pays(rule_set: RuleSet, filing: Filing, cases: Sequence[AppealCase], now: datetime) -> bool:
    """Return True if the batch is expected to bring more than filing alone what is worth it alone."""
    today = rule_set.today(now)
    builders = [DecisionBuilder(rule_set, case, today) for case in cases]
    expected = [expected_in_idr(case, rule_set.policy.idr_win_probability) for case in cases]
    gains = [one.chance * (one.award - b.dispute.allowed) for one, b in zip(expected, builders, strict=True)]
    lines = [max(builder.dispute.lines, 1) for builder in builders]
    lost = sum(((1 - one.chance) * n for one, n in zip(expected, lines, strict=True)), ZERO) / sum(lines)
    batch_gain = sum(gains, ZERO) - filing.administrative_fee - lost * filing.entity_fee  # borne by the lines lost
    return batch_gain > sum((max(FEDERAL_IDR.expected_gain(builder, today), ZERO) for builder in builders), ZERO)


def one_filing(
    rule_set: RuleSet, cases: Mapping[str, AppealCase], now: datetime, on: date, reference: str, cooling: Cooling
) -> dict[str, BatchPart]:
    """Exactly these disputes, by `key_of`, as one batch; `IllegalTransition` with the rule where they may not be one.

    The cheapest plan over them may be another than one batch; that the rule allows one is what counts here.
    """
    if len(cases) < 2:
        raise IllegalTransition("batch: two claims at least, or two disputes of one; 45 CFR 149.510(c)(3)")
    found: list[Disputed] = []
    for _, case in sorted(cases.items()):
        refused = _refusal(rule_set, case, now, on, reference)
        dispute = disputed(case, rule_set.rules)
        if refused is not None or dispute is None:
            raise IllegalTransition(f"claim {case.claim_id}: {refused or 'no open negotiation'}")
        found.append(dispute)
    filing = _as_one(rule_set, found, on, cooling)
    return parts_of(filing, {d.key: len(d.codes) or 1 for d in found})


def _as_one(rule_set: RuleSet, found: Sequence[Disputed], on: date, cooling: Cooling) -> Filing:
    share, entity = rule_set.policy.idr_entity_fee_share, rule_set.policy.idr_entity
    plan = plan_filings(
        found, rule_set.schedule, on, fee_share=share, entity_name=entity, cooling=cooling, in_doubt=True
    )
    if plan.left_out:
        claim_id, why = plan.left_out[0]
        raise IllegalTransition(f"claim {claim_id}: {why}")
    if len(plan.filings) != 1:
        first, second = plan.filings[0], plan.filings[1]
        raise IllegalTransition(
            f"claims {first.claim_ids[0]} and {second.claim_ids[0]} may not share a filing, or are cheaper apart: same "
            "payer, provider, TIN and code, within the period and the line limit; 45 CFR 149.510(c)(3)(i)"
        )
    return plan.filings[0]


def _refusal(rule_set: RuleSet, case: AppealCase, now: datetime, on: date, reference: str = "") -> str | None:
    """Why the claim could not be initiated on the day alone; None where it could."""
    try:
        Commands(rule_set, now).file_in_batch(case, on, reference, None)
    except IllegalTransition as refused:
        return str(refused)
    return None
