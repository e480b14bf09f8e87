/** Every act on a case as a form. A new act of appeals or settlement is a row here; a test holds the list to theirs. */

export interface FieldOf {
  name: string;
  label: string;
  kind?: "text" | "long" | "money" | "date" | "yes-no" | "check" | "lines" | "number" | "person";
  choices?: readonly string[];
  optional?: boolean;
  hint?: string;
}

export interface ActOf {
  id: string;
  label: string;
  group: string;
  /** Below the claim's path. */
  to: string;
  fields: readonly FieldOf[];
  /** The act names its dispute: in the address (appeals) or in the body (settlement). */
  dispute?: "query" | "body";
  scope?: string;
  /** The act bears a key of its own, by which a repetition is known. */
  keyed?: boolean;
  /** What is said again before it is done, where it cannot be taken back. */
  sure?: string;
}

/** What of a claim can be corrected. */
const CORRECTED = [
  "procedure",
  "modifiers",
  "charge",
  "units",
  "pointers",
  "place_of_service",
  "service_date",
  "revenue_code",
  "remove",
  "diagnoses",
  "prior_authorization",
  "place",
  "member_id",
  "group_number",
  "patient_last_name",
  "patient_first_name",
  "rendering_npi",
  "billing_npi",
];

const REASON: FieldOf = { name: "reason", label: "Reason, kept with it; no patient data" };
const on = (name: string, label: string, optional = false): FieldOf => ({ name, label, kind: "date", optional });
const text = (name: string, label: string, hint = "", optional = false): FieldOf => ({ name, label, hint, optional });
const money = (name: string, label: string, optional = false): FieldOf => ({ name, label, kind: "money", optional });
const LEVEL: FieldOf = { name: "level", label: "Level", kind: "number" };
const REFERENCE = text("reference", "Reference of portal, carrier or recipient");

const appeals = (id: string, group: string, label: string, fields: readonly FieldOf[], sure?: string): ActOf => ({
  id,
  label,
  group,
  to: `case/${id}`,
  fields,
  dispute: "query",
  ...(sure ? { sure } : {}),
});
const settlement = (id: string, label: string, fields: readonly FieldOf[], more: Partial<ActOf> = {}): ActOf => ({
  id,
  label,
  group: "Talks and money",
  to: id,
  fields,
  dispute: "body",
  ...more,
});

const PEOPLE = "People and papers";
const FACTS = "Facts and law";
const FILING = "Filing and answers";
const IDR = "Federal IDR";

export const ACTS: readonly ActOf[] = [
  appeals("assignee", PEOPLE, "Assign", [{ name: "assignee", label: "To", kind: "person", optional: true }]),
  appeals("notes", PEOPLE, "Add a note", [{ name: "text", label: "Note, without patient data", kind: "long" }]),
  appeals("attachments", PEOPLE, "Attach a document", [
    text("reference", "Where it is kept", "For example dms:2026/00017."),
    {
      name: "kind",
      label: "Kind",
      choices: [
        "medical_records",
        "clinical_rationale",
        "coding_rationale",
        "plan_terms",
        "authorization",
        "coverage_proof",
        "other_coverage",
        "primary_eob",
        "contract_evidence",
        "proof_of_timely_filing",
        "facility_participation",
        "patient_answer",
        "assignment_of_benefits",
      ],
    },
    text("title", "Title"),
  ]),
  appeals("records", PEOPLE, "Send the records that were asked for", [
    text("request_id", "Request"),
    text("documents.0.reference", "Document’s reference"),
    on("sent_on", "Sent by hand on", true),
    text("reference", "Reference of the sending", "", true),
  ]),
  appeals("facts", FACTS, "State facts", [
    { name: "assignment_of_benefits", label: "Assignment of benefits is there", kind: "yes-no", optional: true },
    { name: "consent", label: "The patient consented to out-of-network care", kind: "yes-no", optional: true },
    { name: "network_facility", label: "The facility is in the plan’s network", kind: "yes-no", optional: true },
    { name: "same_plan", label: "The plan is that of an earlier determination", kind: "yes-no", optional: true },
    { name: "plan.funding", label: "Plan’s funding", choices: ["self_funded", "insured"], optional: true },
    {
      name: "plan.kind",
      label: "Plan’s kind",
      choices: ["erisa", "governmental", "church", "individual", "short_term", "excepted", "health_sharing"],
      optional: true,
    },
    text("plan.sponsor", "Plan’s sponsor", "", true),
    text("plan.state", "State of issue", "Two letters.", true),
    REASON,
  ]),
  appeals("law", FACTS, "Say which law governs", [
    { name: "law", label: "Law", choices: ["federal", "state", "commercial"] },
    REASON,
  ]),
  appeals(
    "notice",
    FACTS,
    "Say when payment or denial was received",
    [on("received_on", "Received on"), REASON],
    "Every last day is counted from there.",
  ),
  appeals("duties", FACTS, "A duty that the payer did not keep", [
    {
      name: "kind",
      label: "Duty",
      choices: ["late_initial_payment", "qpa_not_disclosed", "qpa_information", "cost_share_raised"],
    },
    { name: "what", label: "What was done", choices: ["complained", "asked", "closed"] },
    on("on", "On"),
    text("reference", "Number of the complaint or request"),
  ]),
  appeals(
    "filing",
    FILING,
    "It was sent",
    [
      on("sent_on", "Sent on"),
      REFERENCE,
      { name: "no_conflict", label: "The proposed entity has no conflict of interest", kind: "check", optional: true },
      text("unready_reason", "If papers lack something: why it was sent all the same", "", true),
      text("cooling_off_reason", "Inside a cooling-off period: why it could be initiated", "", true),
    ],
    "From that day the other side’s time runs.",
  ),
  appeals("decision", FILING, "Enter the decision on an appeal", [
    text("case_id", "Case"),
    LEVEL,
    { name: "outcome", label: "Outcome", choices: ["overturned", "partially_overturned", "upheld", "dismissed"] },
    on("decided_on", "Decided on"),
    money("awarded", "Awarded", true),
    text("reason", "Reason given", "", true),
  ]),
  appeals("answers", FILING, "Take a held answer, or set it aside", [
    text("key", "Which answer"),
    { name: "take", label: "Take it (otherwise it is set aside)", kind: "check", optional: true },
    REASON,
  ]),
  appeals("further-lines", FILING, "Further lines were appealed", [
    on("filed_on", "Filed on", true),
    text("reference", "Reference", "", true),
    REASON,
  ]),
  appeals("state-step", FILING, "A step of the state’s process", [
    text("step", "Step"),
    on("on", "On"),
    text("reference", "Reference", "", true),
  ]),
  appeals("misdirected", FILING, "Money that went to somebody else", [
    { name: "what", label: "What was done", choices: ["asked", "payer_told", "received", "given_up"] },
    on("on", "On"),
    money("amount", "Received", true),
    text("reason", "Reason", "", true),
  ]),
  appeals("withdrawal", FILING, "Give the pursuit up", [REASON], "The pursuit of this dispute ends."),
  appeals("entity", IDR, "The entity was selected", [on("selected_on", "Selected on"), text("entity", "Entity")]),
  appeals("offer", IDR, "Our offer and fees were submitted", [on("submitted_on", "Submitted on", true)]),
  appeals("determination", IDR, "Enter the determination", [
    text("case_id", "Case"),
    { name: "prevailing", label: "Prevailing party", choices: ["provider", "payer"] },
    money("award", "Award, allowed amount"),
    on("determined_on", "Determined on"),
  ]),
  appeals("extensions", IDR, "An extension was approved", [
    { name: "step", label: "Step", choices: ["negotiation", "initiation", "selection", "offer", "information"] },
    on("until", "Until"),
    on("approved_on", "Approved on"),
    text("reference", "Reference"),
    REASON,
  ]),
  appeals(
    "idr-closure",
    IDR,
    "Closed without a determination",
    [
      {
        name: "outcome",
        label: "Outcome",
        choices: ["ineligible", "improperly_batched", "improperly_bundled", "withdrawn", "fees_unpaid", "dismissed"],
      },
      {
        name: "ineligible_for",
        label: "Ineligible for",
        choices: [
          "state_law",
          "all_payer_model",
          "not_covered",
          "untimely",
          "cooling_off",
          "no_open_negotiation",
          "other",
        ],
        optional: true,
      },
      on("closed_on", "Closed on"),
      money("fee_returned", "Entity’s fee returned", true),
      REASON,
    ],
    "The dispute ends in federal IDR.",
  ),
  appeals("idr-reopening", IDR, "Opened again", [
    on("reopened_on", "Reopened on"),
    on("determination_due_on", "Determination due", true),
    REASON,
  ]),
  appeals("settlement-notice", IDR, "Settlement was told to the Departments", [
    on("told_on", "Told on"),
    text("reference", "Reference"),
  ]),
  {
    id: "idr-offer",
    label: "Name our offer in federal IDR",
    group: IDR,
    to: "idr-offer",
    fields: [money("amount", "Offer, allowed amount"), REASON],
    dispute: "body",
    sure: "It takes the place of the offer that the public record would choose.",
  },
  settlement("offers", "An offer by telephone, mail or portal", [
    money("amount", "Amount, allowed"),
    { name: "came_by", label: "How it came", choices: ["telephone", "mail", "portal", "fax", "email"] },
    on("offered_on", "Offered on"),
    on("expires_on", "Open until", true),
    { name: "final", label: "Said to be final", kind: "check", optional: true },
    {
      name: "lines",
      label: "Lines",
      kind: "lines",
      optional: true,
      hint: "For example 1, 2; none means all in dispute.",
    },
    text("offer_id", "The payer’s number of it", "The number of an earlier offer revises that one.", true),
  ]),
  settlement("offers/withdraw", "An offer was withdrawn", [
    text("offer_id", "Offer"),
    { name: "side", label: "By", choices: ["payer", "provider"] },
  ]),
  settlement(
    "lines/{line}/agree",
    "Agree on one line",
    [{ name: "line", label: "Line", kind: "number" }, money("amount", "Amount, allowed")],
    {
      sure: "That line is settled.",
    },
  ),
  settlement("leave", "Leave the talks", [REASON], { sure: "The talks in this forum end; the next step follows." }),
  settlement("rescission", "Take an agreement back", [REASON], {
    scope: "claims:approve",
    sure: "The agreement ends, and the dispute is open again.",
  }),
  settlement("write-off", "Write it off", [], {
    scope: "claims:approve",
    sure: "The dispute ends, and nothing more is pursued.",
  }),
  settlement("refund", "A refund was paid", [
    money("amount", "Amount"),
    on("paid_on", "Paid on"),
    text("reference", "Payment’s reference"),
  ]),
  settlement("placements", "Say to which dispute money belongs", [
    text("case_id", "Dispute"),
    text("reference", "Payment’s reference"),
    money("paid", "Paid"),
    money("patient_share", "Left to the patient", true),
    REASON,
  ]),
  {
    id: "hand-over",
    label: "Hand over to somebody",
    group: PEOPLE,
    to: "hand-over",
    fields: [{ name: "to", label: "To", kind: "person" }, REASON],
  },
  {
    id: "corrections",
    label: "Send a corrected claim, or void it",
    group: FILING,
    to: "corrections",
    keyed: true,
    scope: "claims:phi",
    fields: [
      { name: "kind", label: "Kind", choices: ["replacement", "void"] },
      {
        name: "changes.0.field",
        label: "Field",
        choices: CORRECTED,
        optional: true,
      },
      text("changes.0.value", "New value", "Several by spaces, such as 25 59.", true),
      { name: "changes.0.line", label: "Line", kind: "number", optional: true },
      text("payer_claim_number", "Payer’s number", "", true),
    ],
    sure: "It is sent to the payer.",
  },
  {
    id: "inquiries",
    label: "Ask for the claim’s status (276)",
    group: FILING,
    to: "inquiries",
    fields: [],
    keyed: true,
  },
  {
    id: "coverage-inquiries",
    label: "Ask for the coverage (270)",
    group: FACTS,
    to: "coverage-inquiries",
    fields: [],
    keyed: true,
  },
];

export const GROUPS = [PEOPLE, FACTS, FILING, IDR, "Talks and money"] as const;
