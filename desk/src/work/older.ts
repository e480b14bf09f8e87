/** The list of a gateway that has no cases yet: what waits for us (`/v1/tasks`), or the claims that were searched for. */
import { get, search } from "../api/client.ts";
import type { CasePage, Claim, Row } from "../api/types.ts";
import type { View } from "../shell/view.ts";

interface Task {
  key: string;
  claim_id: string;
  kind: string;
  task: string;
  why: string;
  day: string | null;
  opens: string | null;
  last: string | null;
  days_left: number | null;
  forum: string;
  level: number;
  assignee: string;
  payer_id: string;
  payer_name: string;
  at_stake: string | null;
  role: string;
  patient_control_number: string | null;
  state: string;
}

const BLANK: Row = {
  key: "",
  claim_id: "",
  place: 0,
  case_id: "",
  tenant: "",
  queue: "",
  state: "",
  forum: "",
  level: 1,
  move: "",
  move_kind: "",
  why: "",
  role: "",
  blocked_by: [],
  also: [],
  opens: null,
  due: null,
  last: null,
  days_left: null,
  business_days_left: null,
  payer: { id: "", name: "" },
  codes: [],
  service_from: null,
  service_state: "",
  billed: null,
  at_stake: null,
  allowed: null,
  target: null,
  offer: null,
  offer_share: null,
  owner: "",
  chance: null,
  expected: null,
  expected_by: "",
  account: null,
  masked: false,
  updated: null,
};

const ofTask = (task: Task): Row => ({
  ...BLANK,
  key: `${task.claim_id}/`,
  claim_id: task.claim_id,
  state: task.state,
  forum: task.forum,
  level: task.level,
  move: task.task,
  move_kind: task.kind,
  why: task.why,
  role: task.role,
  opens: task.opens,
  due: task.day,
  last: task.last,
  days_left: task.days_left,
  payer: { id: task.payer_id, name: task.payer_name },
  at_stake: task.at_stake,
  owner: task.assignee,
  account: task.patient_control_number,
});

const ofClaim = (claim: Claim): Row => ({
  ...BLANK,
  key: `${claim.claim_id}/`,
  claim_id: claim.claim_id,
  tenant: claim.tenant,
  state: claim.state,
  forum: claim.forum,
  move: claim.state.replaceAll("_", " "),
  due: claim.deadlines[0]?.on ?? null,
  payer: claim.payer,
  service_from: claim.service.from,
  service_state: claim.service.state,
  allowed: claim.amounts.allowed,
  target: claim.assessment?.target ?? null,
  account: claim.patient_control_number,
  masked: claim.masked,
});

const page = (items: readonly Row[], next: string | null, total: number): CasePage => {
  const one = new Map(items.map((row) => [row.key, row])); // a claim may wait for two things
  return { items: [...one.values()], next, total, at_stake: "", queues: [] };
};

export async function older(view: View, cursor: string, acts: boolean, signal: AbortSignal): Promise<CasePage> {
  if (acts && !view.q && !view.payer_id && !view.state && !view.forum) {
    const found = await get<{ items: Task[]; total: number; next: string | null; unavailable: string[] }>(
      "/v1/tasks",
      { limit: 100, cursor },
      signal,
    );
    return { ...page(found.items.map(ofTask), found.next, found.total), unavailable: found.unavailable };
  }
  const wanted = {
    limit: 100,
    sort: view.sort === "due" ? "next_deadline" : "-received_at",
    ...(cursor ? { cursor } : {}),
    ...(view.q ? { patient_control_number: view.q } : {}),
    ...(view.payer_id ? { payer_id: view.payer_id } : {}),
    ...(view.forum ? { forum: view.forum } : {}),
    ...(view.state ? { state: [view.state] } : {}),
  };
  const found = await search<{ items: Claim[]; next: string | null }>("/v1/claims/search", wanted, signal);
  return page(found.items.map(ofClaim), found.next, found.items.length);
}
