/** What the results routes answer. Money is text. */
export interface Share {
  part: number;
  whole: number;
  value: string;
  low: string;
  high: string;
}
export interface Drill {
  set: string;
  value?: string;
}
export interface Figure {
  name: string;
  label: string;
  unit: "dollars" | "share" | "days";
  value: string | null;
  before: string | null;
  share: Share | null;
  claims: number;
  better: "more" | "less" | "";
  definition: string;
  drill: Drill;
}
export interface Month {
  month: string;
  claims: number;
  underpaid: number;
  denied: number;
  recovered: string;
  by_forum: Record<string, string>;
  drill: Drill;
  cash_drill: Drill;
}
export interface Bucket {
  from_days: number;
  to_days: number | null;
  claims: number;
  amount: string;
  drill: Drill;
}
export interface Reason {
  carc: string;
  claims: number;
  billed: string;
  share: Share | null;
  drill: Drill;
}
export interface Histogram {
  name: string;
  label: string;
  unit: "dollars" | "days";
  claims: number;
  median: string | null;
  bars: { from: string; to: string | null; claims: number }[];
  drill: Drill;
}
export interface Scorecard {
  payer_id: string;
  name: string;
  claims: number;
  underpaid: Share | null;
  denied: Share | null;
  won: Share | null;
  recovered: string;
  short: string;
  recovery_rate: string | null;
  in_dispute: string;
  days_to_payment: { claims: number; days: string | null };
}
export interface Results {
  since: string | null;
  until: string | null;
  compared: [string, string] | null;
  on: string;
  figures: Figure[];
  months: Month[];
  aging: Bucket[];
  reasons: Reason[];
  histograms: Histogram[];
  payers: Scorecard[];
}
export interface Behind {
  definition: string;
  claims: number;
  amount: string;
  items: {
    claim_id: string;
    payer: string;
    code: string;
    forum: string;
    state: string;
    close_reason: string;
    service_from: string | null;
    first_paid_on: string | null;
    billed: string;
    paid: string;
    recovered: string;
    amount: string;
  }[];
  next: string | null;
}
/** What pursuits of claims that share `key` came to (`/v1/portfolio/outcomes`). */
export interface Outcome {
  key: string;
  name: string;
  claims: number;
  underpaid_share: Share | null;
  won_share: Share | null;
  recovered: string;
  recovery_rate: string | null;
  uplift: { median: string } | null;
  days_to_cash: { median: string } | null;
}
