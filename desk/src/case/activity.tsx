/** What happened, newest first: people by name, the engine's own words folded; and who looked. */
import { useQuery } from "@tanstack/react-query";
import { seenQuery, timelineQuery, useNames } from "../api/queries.ts";
import type { JournalEntry, Seen, TimelineEntry } from "../api/types.ts";
import { moment, sentence, title, words } from "../format.ts";
import { Badge, Empty, Failed, Loading, Table } from "../ui/parts.tsx";
import { useCase } from "./context.ts";

interface Happening {
  id: string;
  at: string;
  who: string;
  what: string;
  more: string;
  state: string;
  illegal: boolean;
}

const LONG = 140;

/** A sentence of the engine, cut at its first clause where it is long; the rest is folded. */
export function folded(text: string): [string, string] {
  const whole = sentence(text);
  if (whole.length <= LONG) return [whole, ""];
  const cut = whole.search(/[;:]\s/);
  return cut > 20 ? [`${whole.slice(0, cut)}.`, whole] : [`${whole.slice(0, LONG)}…`, whole];
}

const ofEvent = (entry: TimelineEntry): Happening => {
  const [what, more] = folded(entry.sentence);
  const moved = entry.state_before !== entry.state_after ? entry.state_after : "";
  return { id: `e${entry.position}`, at: entry.occurred_at, who: "", what, more, state: moved, illegal: !entry.legal };
};
const ofPerson = (entry: JournalEntry, at: number): Happening => ({
  id: `j${at}`,
  at: entry.at,
  who: entry.who,
  what: `${title(entry.action)}${entry.reason ? `: ${entry.reason}` : ""}`,
  more: "",
  state: "",
  illegal: false,
});

/** Both, the newest first; what happened in one moment keeps its order. */
export function happenings(events: readonly TimelineEntry[], journal: readonly JournalEntry[]): Happening[] {
  const all = [...events.map(ofEvent), ...journal.map(ofPerson)];
  return all
    .map((one, at) => ({ one, at }))
    .sort((a, b) => b.one.at.localeCompare(a.one.at) || b.at - a.at)
    .map(({ one }) => one);
}

export function Activity() {
  const { claimId, desk } = useCase();
  const nameOf = useNames();
  const { data, error, isPending, refetch } = useQuery(timelineQuery(claimId));
  if (isPending) return <Loading label="Reading what happened" />;
  if (error && !data) return <Failed error={error} again={() => void refetch()} />;
  return (
    <ol className="activity" aria-label="What happened, newest first">
      {happenings(data ?? [], desk?.case?.journal ?? []).map((one) => (
        <li key={one.id}>
          <div className="row wrap soft small-text">
            <time dateTime={one.at}>{moment(one.at)}</time>
            {one.who ? <b className="who">{nameOf(one.who)}</b> : null}
            {one.state ? <Badge>{words(one.state)}</Badge> : null}
          </div>
          {one.more ? (
            <details className="fold">
              <summary>{one.what}</summary>
              <p className="soft">{one.more}</p>
            </details>
          ) : (
            <p>{one.what}</p>
          )}
          {one.illegal ? <p className="bad">Not allowed in that state; recorded, without effect.</p> : null}
        </li>
      ))}
    </ol>
  );
}

const SEEN = [
  { id: "who", head: "Who", cell: (one: Seen) => <b className="strong">{one.name || one.who}</b> },
  { id: "at", head: "When", cell: (one: Seen) => <span className="fig">{moment(one.at)}</span> },
  {
    id: "what",
    head: "What",
    cell: (one: Seen) => (one.opened ? `opened: ${words(one.action)}` : `listed: ${words(one.action)}`),
  },
  { id: "client", head: "From", cell: (one: Seen) => <span className="soft">{one.client}</span> },
];

export function SeenBy() {
  const { claimId } = useCase();
  const { data, error, isPending, refetch } = useQuery(seenQuery(claimId));
  if (isPending) return <Loading label="Reading who saw it" />;
  if (error && !data) return <Failed error={error} again={() => void refetch()} />;
  if (!data?.length) return <Empty title="Nobody has opened it yet" />;
  return (
    <Table
      caption="Who saw the claim"
      columns={SEEN}
      rows={data}
      keyOf={(one) => `${one.at}-${one.who}-${one.action}`}
    />
  );
}
