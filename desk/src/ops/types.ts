/** What the ops routes answer. */
export type Level = "good" | "warning" | "bad";
export interface Minute {
  at: string;
  behind: number;
  handled: number;
  retries: number;
  errors: number;
  restarts: number;
  answered: boolean;
}
export interface ServiceRow {
  service: string;
  level: Level;
  findings: { level: Level; text: string }[];
  version: string;
  replicas: string[];
  answered_at: string | null;
  behind: number | null;
  behind_seconds: number;
  rate: number;
  errors: number;
  retries: number;
  restarts: number;
  last_commit_at: string | null;
  outbox: number;
  parked: number;
  history: Minute[];
}
export interface Services {
  at: string;
  broker: boolean;
  thresholds: Record<string, number>;
  items: ServiceRow[];
}
export interface Letter {
  id: number;
  claim_id: string | null;
  event_id: string;
  type: string;
  reason: string;
  detail: string;
  blocks: boolean;
  topic: string;
  partition: number;
  offset: number;
  parked_at: string;
}
export interface ServiceLetter {
  service: string;
  letter: Letter;
}
export interface Issue {
  service: string;
  reason: string;
  type: string;
  topic: string;
  letters: number;
  claims: number;
  waiting: number;
  first_at: string;
  newest_at: string;
  detail: string;
}
export interface Letters {
  issues: Issue[];
  items: ServiceLetter[];
  silent: string[];
}
export interface Ops {
  illegal: { claim_id: string; position: number; type: string; state: string; recorded_at: string }[];
  stuck: { state: string; claims: number; oldest_at: string; service: string }[];
  deadlines_due: number;
  ended_lists: { name: string; version: string; valid_to: string; days: number }[];
}

/** "3 s", "2 min", "1 h". */
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
/** How long before `now` an instant was; an en dash for never. */
export const ago = (instant: string | null, now: string): string =>
  instant ? `${span(Math.max(0, (Date.parse(now) - Date.parse(instant)) / 1000))} ago` : "–";
