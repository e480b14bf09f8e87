/** The parts of the address that say which cases are listed, and how. */
import type { Query } from "../api/client.ts";
import type { View } from "../shell/view.ts";
import type { Choice } from "../ui/parts.tsx";

export const FILTERS = [
  "payer_id",
  "owner",
  "code",
  "forum",
  "state",
  "role",
  "due_until",
  "min_at_stake",
  "service_from",
  "service_to",
] as const;
export type Filter = (typeof FILTERS)[number];
export const FILTER_LABELS: Record<Filter, string> = {
  payer_id: "Payer",
  owner: "Owner",
  code: "Code",
  forum: "Forum",
  state: "State",
  role: "Decides",
  due_until: "Due until",
  min_at_stake: "At stake from",
  service_from: "Service from",
  service_to: "Service to",
};

export const SORTS: readonly Choice[] = [
  { id: "-expected", label: "Expected dollars" },
  { id: "due", label: "Due first" },
  { id: "-at_stake", label: "At stake" },
  { id: "-offer_share", label: "Offer, % of target" },
  { id: "service_from", label: "Oldest service" },
  { id: "-updated", label: "Newest change" },
];

/** What the API is asked for this view. */
export function asked(view: View): Query {
  const query: Query = { sort: view.sort || "-expected", limit: 100 };
  for (const name of ["queue", "q", ...FILTERS]) if (view[name]) query[name] = view[name];
  return query;
}

/** The view without the case that is open in it: what a saved view keeps. */
export function listOf(view: View): View {
  const { case: _, tab: __, ...list } = view;
  return list;
}

export const isFiltered = (view: View): boolean => !!view.q || FILTERS.some((name) => !!view[name]);
/** Taking every filter away. */
export const CLEARED: View = Object.fromEntries(["q", ...FILTERS].map((name) => [name, ""]));
