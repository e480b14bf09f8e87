"""The words of patients' letters and pages in English. The same keys as in Spanish; plain words, short sentences."""

from __future__ import annotations

WORDS: dict[str, str] = {
    "title": "About your claim",
    "other_language": "Este aviso también está en español.",
    "not_a_bill": "This is not a bill. It tells you where your claim stands.",
    "date": "Date of this letter",
    "pdf": "Save this letter (PDF)",
    "text": "Plain text",
    "skip": "Skip to the letter",
    "online": "Your letter online",
    "online_how": "Open this letter on your phone: point the camera at the code. Its address is on the next page.",
    "page_ends": "This link is private. It stops working on {date}. Do not share it.",
    "month": "January February March April May June July August September October November December",
    "long_date": "{month} {day}, {year}",
    # What you may owe
    "amount_label": "The most you may owe for this claim",
    "amount_label_now": "For now, pay no more than",
    "amount_waiting": "We do not know your share yet. Your plan has not decided. Please do not pay anything for "
    "this claim until you hear from us.",
    "amount_reviewing": "We do not know your share yet. Your plan took back its first decision and is looking "
    "again. Please do not pay more than {amount} for this claim until you hear from us.",
    "amount_open": "We do not know your share yet. Your plan said no to this claim. Please do not pay more than "
    "{amount} for now. If the plan changes its mind, it may set a share for you. We will write to you first.",
    "amount_at_most": "This is your share under your plan. We may still disagree with your plan about its part. "
    "That cannot make your share go up. Please do not pay more than {amount} for this claim.",
    "amount_final": "This is your share under your plan. Please do not pay more than {amount} for this claim.",
    "amount_nothing": "We took this claim back. You owe {amount} for it.",
    "amount_refund": "Did you pay more than this? Tell us. We owe you the rest back.",
    "amount_beyond": "Your plan also listed {beyond} as yours to pay. That is not a copay, deductible or "
    "coinsurance. Do not pay it because of this letter. Call us if someone asks you for it.",
    # The claim
    "facts": "Your claim",
    "plan": "Health plan",
    "provider": "Provider",
    "service": "Date of care",
    "service_range": "{from_} to {to}",
    "reference": "Our reference",
    "billed": "What was charged",
    "paid": "What your plan paid",
    "paid_none": "Nothing yet",
    "your_provider": "your provider",
    "your_plan": "your health plan",
    # What happens next
    "next": "What happens next",
    "by": "We expect to know more by {date}.",
    "next_waiting": "We sent your claim to your plan. Plans often decide within 30 days. You do not need to do "
    "anything now.",
    "next_correcting": "Your claim has an error that we must fix. We will send it again. You do not need to do "
    "anything now.",
    "next_checking": "Your plan made a decision. We are checking if it paid the right amount. You do not need to "
    "do anything now.",
    "next_fair": "Your plan paid its part. We are closing your claim.",
    "next_preparing": "We think your plan paid too little. We will ask the plan to pay more. This is between us "
    "and your plan. You do not need to do anything.",
    "next_denied": "Your plan said no to this claim. We are looking at how to ask it to think again. You can also "
    "appeal. The notice from your plan tells you how and by when.",
    "next_appeal": "We asked your plan to look at its decision again. This is called an appeal. You do not need to "
    "do anything now.",
    "next_negotiation": "We are talking with your plan about what it should pay. This is between us and your plan. "
    "Your share stays the same.",
    "next_idr": "Your plan and we could not agree. A neutral expert will choose what the plan must pay. Your share "
    "stays the same.",
    "next_lost": "We could not get your plan to pay more. We are closing your claim. Your share stays the same.",
    "next_agreed": "Your plan agreed to pay more, or was told to. We are waiting for its payment. Your share does "
    "not go up.",
    "next_late": "Your plan agreed to pay more, or was told to. It has not paid all of it yet. We are asking for "
    "the rest. Your share does not go up.",
    "next_paid": "Your plan paid what was agreed. We are closing your claim.",
    "next_withdrawn": "We took this claim back. If we send a new claim for this care, we will write to you again.",
    "next_reviewing": "Your plan took back its payment and is looking at the claim again. We will write to you "
    "when it has decided.",
    "next_closed_paid": "Your plan paid its part. Your claim is closed.",
    "next_closed_won": "Your plan paid more after we asked for it. Your share did not go up. Your claim is closed.",
    "next_closed_lost": "We asked your plan to pay more, but it did not. This is not your debt. Your claim is closed.",
    "next_closed_denied": "Your plan did not change its decision. Your claim is closed. You may still be able to "
    "appeal. The notice from your plan tells you how and by when. You may also ask for a review by experts outside "
    "the plan.",
    # Your rights on this claim
    "rights": "Your rights on this claim",
    "law_federal": "A federal law, the No Surprises Act, protects you for this care. No one may bill you more than "
    "your in-network share. No one may send the amount we dispute with your plan to a debt collector.",
    "law_state": "A state law protects you for this care. No one may bill you more than your share under that law.",
    "law_either": "A federal or a state law protects you for this care. Which of them is still open. No one may bill "
    "you more than your share.",
    "law_emergency": "This was emergency care. A federal law, the No Surprises Act, protects you if you have a "
    "plan from a job or one you bought. Then no one may bill you more than your in-network share.",
    "law_consent": "We were told that you signed a form to give up your protection for this care. Is that "
    "wrong? Did you get the form late, or feel you had no choice? Then the form may not count. Call us or the help "
    "desk.",
    "law_public": "This claim is under a public program, such as Medicare or Medicaid. The program has its own "
    "rules on what you may be billed. Call us if a bill is higher than your share.",
    "law_other_program": "This claim is not under a health plan that the No Surprises Act covers. It may be a work "
    "injury or a car accident. Other rules say what you may be billed. Call us if a bill is higher than your share.",
    "law_none": "A federal law, the No Surprises Act, covers emergency care, some care in in-network hospitals, and "
    "air ambulances. We did not find that your care was one of these. Do you think it was? Call us or the help desk.",
    "law_open": "A federal law, the No Surprises Act, may protect you. It covers emergency care, some care in "
    "in-network hospitals, and air ambulances. The rules are below.",
    "state_process": "Your state, {state}, has its own law on surprise bills too. It may apply if your plan is not "
    "paid for by an employer itself.",
    "state_more": "Your state's insurance department can tell you more about that law.",
    "state_none": "Your state may have its own rules. Your state's insurance department can tell you.",
    # The notice of 45 CFR 149.430
    "notice": "Your rights and protections against surprise medical bills",
    "notice_what": "What is a surprise bill?",
    "notice_what_1": "You may owe a copay, a coinsurance or a deductible when you get care. You may owe more, or "
    "all of the bill, when the provider is not in your plan's network.",
    "notice_what_2": "A provider that is out of network has not signed a contract with your plan. It may be able "
    "to bill you for what your plan does not pay. This is called balance billing.",
    "notice_what_3": "A surprise bill is a balance bill that you did not expect. It can come when you cannot "
    "choose who treats you, such as in an emergency.",
    "notice_emergency": "Emergency care",
    "notice_emergency_1": "The most you can be billed for emergency care is your in-network share. This is true at "
    "any hospital. It is also true for care you get after you are stable. For that later care you can give up your "
    "protection, but only in writing.",
    "notice_facility": "Care in an in-network hospital or surgery center",
    "notice_facility_1": "Some of those who treat you there may be out of network. For these kinds of care they "
    "may bill you only your in-network share: emergency medicine, anesthesia, pathology, radiology, lab, newborn "
    "care, assistant surgeon, hospitalist and intensive care. They may not ask you to give up your protection.",
    "notice_facility_2": "For other care there, they may not balance bill you unless you agree in writing first.",
    "notice_air": "Air ambulance",
    "notice_air_1": "The most you can be billed for an air ambulance is your in-network share. Ground ambulances "
    "are not part of this law.",
    "notice_consent": "Giving up your protection",
    "notice_consent_1": "You never have to give up your protection. You do not have to get care out of network. "
    "You can choose a provider in your plan's network.",
    "notice_consent_2": "If you are asked to sign, you must get the form at least 72 hours before your care. If "
    "you book less than 72 hours ahead, you must get it on the day you book, and at least 3 hours before same-day "
    "care.",
    "notice_plan": "What your plan must do",
    "notice_plan_1": "Your plan must cover emergency care without asking for approval first.",
    "notice_plan_2": "It must cover emergency care from providers out of network.",
    "notice_plan_3": "It must base your share on what it would pay in network, and show that in your explanation "
    "of benefits.",
    "notice_plan_4": "It must count what you pay toward your in-network deductible and yearly limit.",
    # Where to go
    "help": "If you think a bill is wrong",
    "help_us": "Call us{phone}. You can ask for this letter on paper.",
    "help_phone": " at {phone}",
    "help_language": "Do you need help in another language, or in another form? Ask us. It is free.",
    "help_plan": "Call your plan. The number is on your card. You can ask for an appeal.",
    "help_desk": "Call the federal No Surprises Help Desk at 1-800-985-3059. It takes complaints about plans and "
    "providers.",
    "help_web": "Read more or file a complaint at www.cms.gov/nosurprises/consumers.",
    "help_state": "Call your state's insurance department. It can help with plans that the state controls.",
    # The good-faith estimate, 45 CFR 149.610(c)(1)
    "gfe_title": "Good faith estimate",
    "gfe_intro": "This shows what your care may cost. It is for people who have no insurance, or who choose not to "
    "use it for this care.",
    "gfe_patient": "Patient",
    "gfe_born": "Date of birth",
    "gfe_service": "Main service",
    "gfe_when": "Scheduled for",
    "gfe_when_not": "Not scheduled yet",
    "gfe_recurs": "How often",
    "gfe_recurs_time": "from {first} to {last}",
    "gfe_made": "Date of this estimate",
    "gfe_total": "Total expected charges",
    "gfe_what": "Service or item",
    "gfe_code": "Code",
    "gfe_diagnosis": "Diagnosis",
    "gfe_quantity": "How many",
    "gfe_charge": "Expected charge",
    "gfe_ids": "NPI {npi}. Tax number (TIN) {tin}.",
    "gfe_place": "Place of care: {place}",
    "gfe_subtotal": "Expected charges of this provider",
    "gfe_separate": "Care that you schedule apart",
    "gfe_separate_1": "You may need the care named here before or after. It is not part of this estimate, so its "
    "codes, charges and providers are not shown. You will get a separate estimate for it when you schedule it or "
    "ask for it.",
    "gfe_separate_2": "To ask for one, call us{phone}.",
    "gfe_know": "What you should know",
    "gfe_know_1": "This is only an estimate. Your services, items and final charges may differ from it.",
    "gfe_know_2": "We may recommend more care as part of your treatment. That care must be scheduled or asked for "
    "apart. It is not in this estimate.",
    "gfe_know_3": "This estimate is not a contract. You do not have to get care from any provider named here.",
    "gfe_know_4": "You can ask for a new estimate at any time. If something changes, you will get a new one at "
    "least one business day before your care.",
    "gfe_know_5": "Keep this estimate. You may need it if your bill is higher.",
    "gfe_dispute": "If your bill is $400 or more above this estimate",
    "gfe_dispute_1": "You can dispute the bill of a provider or facility if it is at least $400 more than its part "
    "of this estimate.",
    "gfe_dispute_2": "You may call the provider first. Ask it to match the estimate, to lower the bill, or if it "
    "can help with costs.",
    "gfe_dispute_3": "You can also start a dispute with the U.S. Department of Health and Human Services. You must "
    "start it within 120 days of the day you get the first bill that is too high.",
    "gfe_dispute_4": "It costs $25 to start. A reviewer then looks at the bill. If the reviewer agrees with you, "
    "you pay the price on this estimate. If not, you may have to pay the higher bill.",
    "gfe_dispute_5": "To learn more and to start, go to www.cms.gov/nosurprises/consumers or call 1-800-985-3059.",
    "gfe_dispute_6": "A dispute will not change the quality of the care you get.",
    # Pages that say that there is nothing to show
    "gone_title": "This link does not work",
    "gone": "This link has ended or was turned off. Ask your provider for a new one.",
    "busy_title": "Please wait",
    "busy": "This page was opened too often. Please try again in a minute.",
    "fault_title": "Please try again",
    "fault": "We cannot show this page right now. Please try again in a few minutes.",
}

STATES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky",
    "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina", "ND": "North Dakota",
    "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "GU": "Guam",
    "VI": "the U.S. Virgin Islands", "AS": "American Samoa", "MP": "the Northern Mariana Islands",
}  # fmt: skip
