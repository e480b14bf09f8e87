/** What waits, as intake tells it: an item of one of the lists, and the parts of it that the page shows. */
import { sentence } from "../format.ts";

export const LISTS = ["remittances", "held", "recoupments", "deposits", "undeposited"] as const;
export type List = (typeof LISTS)[number];
export type Item = Record<string, unknown>;

export const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

export const idOf = (item: Item): string =>
  text(item.held_id ?? item.remittance_id ?? item.recoupment_id ?? item.deposit_id ?? item.advice_id);

export interface Candidate {
  claim_id: string;
  score?: unknown;
  reason?: string;
}

/** The claims that an item may be for; a deposit's candidates are 835s, and are no claims. */
export const candidatesOf = (item: Item): Candidate[] =>
  (Array.isArray(item.candidates) && !item.deposit_id ? item.candidates : []).map((one: unknown) =>
    typeof one === "string" ? { claim_id: one } : (one as Candidate),
  );

/** The payment of an 835, as it stands beside a deposit. */
export interface Advice {
  advice_id: string;
  amount: string;
  deposited: string;
  trace_number: string;
  paid_on: string;
  payer: string;
}

/** Why an item waits, each with how to mend it; intake names one reason, or several. */
export function reasonsOf(item: Item): { what: string; fix: string }[] {
  const several = Array.isArray(item.reasons) ? (item.reasons as Item[]) : [];
  const all = several.length ? several : item.reason ? [item] : [];
  return all.map((one) => ({
    what: sentence(text(one.message ?? one.reason)),
    fix: one.how_to_fix ? sentence(text(one.how_to_fix)) : "",
  }));
}
