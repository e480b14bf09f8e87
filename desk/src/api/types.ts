/** What the gateway says, as far as the desk reads it. Money is text ("1234.50"), days are ISO. The API's page is /docs. */

export interface Chance {
  mean: string;
  low: string;
  high: string;
}

/** A live dispute in its queue. */
export interface Row {
  /** `claim_id/place`. */
  key: string;
  claim_id: string;
  place: number;
  case_id: string;
  tenant: string;
  queue: string;
  state: string;
  forum: string;
  level: number;
  move: string;
  move_kind: string;
  why: string;
  role: string;
  blocked_by: string[];
  /** What else it waits for. */
  also: string[];
  opens: string | null;
  due: string | null;
  last: string | null;
  days_left: number | null;
  business_days_left: number | null;
  payer: { id: string; name: string };
  codes: string[];
  service_from: string | null;
  service_state: string;
  billed: string | null;
  at_stake: string | null;
  allowed: string | null;
  target: string | null;
  offer: string | null;
  offer_share: string | null;
  owner: string;
  chance: Chance | null;
  expected: string | null;
  expected_by: string;
  account: string | null;
  masked: boolean;
  updated: string | null;
}

export interface Queue {
  queue: string;
  label: string;
  count: number;
  at_stake: string;
}

export interface CasePage {
  items: Row[];
  next: string | null;
  total: number;
  at_stake: string;
  queues: Queue[];
  today?: string;
  time_zone?: string;
  unavailable?: string[];
}

export interface Offer {
  offer_id: string;
  version: number;
  side: string;
  amount: string;
  made_on: string;
  expires_on: string | null;
  final: boolean;
  case_id: string;
  lines: number[];
  doubt: string;
}

export interface Waiting {
  decision: number;
  action: string;
  amount: string;
  expected_value: string;
  role: string;
  until: string;
  reasons: string[];
  case_id: string;
  lines: number[];
}

export interface HeldAct {
  number: number;
  act: string;
  offer_id: string;
  amount: string;
  by: string;
  status: string;
  seconds_left: number;
  problem: string;
  case_id: string;
  lines: number[];
}

export interface IdrPoint {
  offer: string;
  multiple: string;
  chance: string;
  value: string;
}

export interface Idr {
  record: string;
  chance: string;
  low: string;
  high: string;
  offer: string;
  target: string;
  bound: string;
  why_target: string;
  payer_offer: string;
  curve: IdrPoint[];
  at_target: IdrPoint | null;
  why: string[];
  by: string;
  reason: string;
  case_id: string;
}

export interface Letter {
  filing: number;
  forum: string;
  level: number;
  kind: string;
  state: "draft" | "queued" | "sent" | "proven" | string;
  day: string | null;
  proof: string;
  problem: string;
  missing: string[];
  weak_evidence: string;
  case_id: string;
}

export interface JournalEntry {
  at: string;
  who: string;
  action: string;
  reason: string;
}

export interface CaseNow {
  forum: string;
  step: string;
  whose_move: string;
  rule: string;
  assignee: string;
  blocked_by: string[];
  escalated: string;
  journal: JournalEntry[];
  can_file: boolean;
  attests: string[];
}

export interface DeskView {
  phase: string;
  offers: Offer[];
  waiting: Waiting | null;
  letters: Letter[];
  release_letter: boolean;
  unavailable: string[];
  case: CaseNow | null;
  act: HeldAct | null;
  also_waiting: Waiting[];
  also_held: HeldAct[];
  idr: Idr[];
}

export interface Settlement {
  amount: string;
  [name: string]: unknown;
}

export interface Claim {
  claim_id: string;
  tenant: string;
  state: string;
  final: boolean;
  masked: boolean;
  patient_control_number: string | null;
  payer_claim_number: string | null;
  form: string;
  payer: { id: string; name: string };
  provider: { billing_npi: string; rendering_npi: string; facility_npi: string };
  service: { from: string | null; to: string | null; state: string };
  specialty: string;
  forum: string;
  amounts: {
    billed: string;
    allowed: string | null;
    paid_at_first: string | null;
    paid: string;
    recovered: string;
    patient_share: string | null;
    paid_by_others: string;
    deposited: string;
  };
  assessment: {
    verdict?: string;
    floor?: string | null;
    target?: string | null;
    stretch?: string | null;
    reasons?: string[];
  } | null;
  cases: {
    opened_on: string;
    forum: string;
    level: number;
    sought: string | null;
    outcome: string;
    awarded: string | null;
  }[];
  offers: { by: string; on: string; round: number; amount: string; lines: number[]; expires_on: string | null }[];
  settlement: Settlement | null;
  deadlines: { kind: string; on: string }[];
  remittances: number;
}

export interface TimelineEntry {
  position: number;
  event_id: string;
  type: string;
  source: string;
  occurred_at: string;
  state_before: string;
  state_after: string;
  legal: boolean;
  sentence: string;
}

export interface AppealsDeadline {
  kind: string;
  due: string;
  opens: string | null;
  overdue_since: string | null;
  ours: boolean;
  assumed: boolean;
  rule: string;
  why: string;
  days_left: number;
  business_days_left: number;
}

export interface AppealsCase {
  claim_id: string;
  case_id: string;
  forum: string | null;
  level: number;
  stage: string;
  step: { label: string; whose_move: string; rule: string; needs: unknown; attests: string[]; moves: string[] };
  blocked_by: string[];
  escalated: string;
  assignee: string;
  deadlines: AppealsDeadline[];
  governing_law: {
    law: string;
    scope: string;
    plan: string;
    fired: { rule: string; finding: string; source: string }[];
    missing: string[];
  } | null;
  cause: Record<string, unknown> | null;
  history?: JournalEntry[];
  attachments?: { reference: string; kind: string; title: string }[];
  disputes?: AppealsCase[];
  lines?: number[];
}

export interface Reference {
  source: string;
  amount: string;
  release: string;
  row: string;
  percentile?: number | null;
  n?: number | null;
  fallback?: string;
  caveats?: string[];
  own?: boolean;
}

export interface AssessedLine {
  line: number;
  code: string;
  modifiers: string[];
  charge: string;
  allowed: string;
  paid: string;
  patient_share: string;
  verdict: string;
  floor?: string | null;
  target?: string | null;
  stretch?: string | null;
  benchmarks?: Reference[];
  reasons?: string[];
  weak_evidence?: boolean;
}

export interface Assessment {
  verdict: string;
  lines: AssessedLine[];
  reasons?: string[];
}

export interface Missing {
  key: string;
  words: string;
  /** Where it is filled in: `profiles/provider`, or an act on the case. */
  form: string;
}

export interface Package {
  forum: string;
  level: number;
  ready: boolean;
  missing: string[];
  missing_items?: Missing[];
  weak_evidence: string;
  documents: { kind: string; missing: string[] }[];
}

export interface Person {
  id: string;
  name: string;
  role: string;
}

export interface Seen {
  at: string;
  who: string;
  name: string;
  action: string;
  client: string;
  opened: boolean;
}
