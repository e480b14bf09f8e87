/** Dead letters as issues: what they have in common, each letter, what one holds, try again, give up with a reason. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { get, post } from "../api/client.ts";
import { count, moment, title } from "../format.ts";
import { useMay } from "../shell/me.ts";
import { Button, Dialog, Failed, Field, Loading, Note, Table } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import type { Issue, Letter, Letters, ServiceLetter } from "./types.ts";

const keyOf = (issue: Issue): string => [issue.service, issue.reason, issue.type, issue.topic].join(" ");
const isOf = (issue: Issue, one: ServiceLetter): boolean =>
  one.service === issue.service &&
  one.letter.reason === issue.reason &&
  one.letter.type === issue.type &&
  one.letter.topic === issue.topic;

export function DeadLetters() {
  const [open, setOpen] = useState("");
  const found = useQuery({
    queryKey: ["ops", "dead-letters"],
    queryFn: ({ signal }) => get<Letters>("/v1/ops/dead-letters", { limit: 1000 }, signal),
    refetchInterval: 5000,
  });
  if (found.isPending) return <Loading label="Reading dead letters" lines={3} />;
  if (found.isError) return <Failed error={found.error} again={() => found.refetch()} />;
  const { issues, items, silent } = found.data;
  const chosen = issues.find((issue) => keyOf(issue) === open);
  return (
    <div className="stack">
      {silent.length ? (
        <Note tone="warn">{silent.join(", ")} did not answer; their dead letters are missing here.</Note>
      ) : null}
      {issues.length === 0 ? (
        <p className="soft">None. Every record that came could be handled.</p>
      ) : (
        <Table
          caption="Dead letters by what they have in common"
          rows={issues}
          keyOf={keyOf}
          columns={[
            {
              id: "what",
              head: "What",
              cell: (issue) => (
                <div className="stack tight">
                  <Button look="link" onPress={() => setOpen(keyOf(issue))}>
                    {title(issue.reason)}
                  </Button>
                  <span className="soft">{issue.detail}</span>
                </div>
              ),
            },
            { id: "service", head: "Service", cell: (issue) => issue.service },
            { id: "type", head: "Event", cell: (issue) => issue.type || "–" },
            { id: "topic", head: "From", cell: (issue) => issue.topic },
            { id: "letters", head: "Letters", num: true, cell: (issue) => issue.letters },
            { id: "claims", head: "Claims", num: true, cell: (issue) => issue.claims },
            { id: "newest", head: "Newest", cell: (issue) => moment(issue.newest_at) },
          ]}
        />
      )}
      {chosen ? (
        <OneIssue issue={chosen} letters={items.filter((one) => isOf(chosen, one))} onClose={() => setOpen("")} />
      ) : null}
    </div>
  );
}

function OneIssue({
  issue,
  letters,
  onClose,
}: {
  issue: Issue;
  letters: readonly ServiceLetter[];
  onClose: () => void;
}) {
  const acts = useMay("ops:act");
  const looks = useMay("claims:phi");
  const [shown, setShown] = useState<Letter | null>(null);
  const [why, setWhy] = useState("");
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ["ops"] });
  const last = Math.max(0, ...letters.map((one) => one.letter.id));

  async function replay(letter?: Letter) {
    try {
      const query = letter ? `&letter_id=${letter.id}` : "";
      const done = await post<{ handled: number; parked: number }>(`/v1/ops/replay?service=${issue.service}${query}`);
      say(`${done.handled} handled, ${done.parked} still parked.`);
    } catch (error) {
      say(error instanceof Error ? error.message : "It could not be tried again.");
    }
    await again();
  }
  async function discard(ids: number[]) {
    const { service, reason, type, topic } = issue;
    const which = ids.length ? { ids } : { reason, type, topic, until: last };
    try {
      const done = await post<{ discarded: number }>("/v1/ops/dead-letters/discard", { service, why, ...which });
      say(`${count(done.discarded, "dead letter")} given up.`);
      setShown(null);
      if (!ids.length) onClose();
    } catch (error) {
      say(error instanceof Error ? error.message : "They could not be given up.");
    }
    await again();
  }
  const ready = why.trim().length >= 3;
  return (
    <Dialog title={`${title(issue.reason)} in ${issue.service}`} onClose={onClose} wide>
      <p>{issue.detail}</p>
      <Table
        caption="The letters of this issue"
        rows={letters}
        keyOf={(one) => String(one.letter.id)}
        columns={[
          {
            id: "place",
            head: "Topic / partition / offset",
            cell: ({ letter }) => `${letter.topic} / ${letter.partition} / ${letter.offset}`,
          },
          {
            id: "claim",
            head: "Claim",
            cell: ({ letter }) =>
              letter.claim_id ? <Link href={`/claim/${letter.claim_id}`}>{letter.claim_id.slice(0, 8)}</Link> : "–",
          },
          { id: "at", head: "Parked", cell: ({ letter }) => moment(letter.parked_at) },
          { id: "blocks", head: "Claim waits", cell: ({ letter }) => (letter.blocks ? "yes" : "no") },
          {
            id: "acts",
            head: "",
            cell: ({ letter }) => (
              <div className="row">
                {looks && acts ? (
                  <Button size="small" onPress={() => setShown(letter)}>
                    What it holds
                  </Button>
                ) : null}
                {acts ? (
                  <Button size="small" onPress={() => replay(letter)}>
                    Try again
                  </Button>
                ) : null}
                {acts ? (
                  <Button size="small" look="danger" isDisabled={!ready} onPress={() => discard([letter.id])}>
                    Give up
                  </Button>
                ) : null}
              </div>
            ),
          },
        ]}
      />
      {shown ? <Holds service={issue.service} letter={shown} /> : null}
      {acts ? (
        <div className="stack">
          <Field
            label="Why they are given up"
            hint="Kept with your name; no patient data. The record stays on the log, what it held is not kept here."
            value={why}
            onChange={setWhy}
            maxLength={500}
          />
          <div className="acts">
            <Button onPress={() => replay()}>Try all of {issue.service} again</Button>
            <Button look="danger" isDisabled={!ready} onPress={() => discard([])}>
              Give up all {letters.length}
            </Button>
          </div>
        </div>
      ) : null}
    </Dialog>
  );
}

function Holds({ service, letter }: { service: string; letter: Letter }) {
  const found = useQuery({
    queryKey: ["dead-letter", service, letter.id],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      get<{ headers: [string, string][]; text: string; encoding: string; sha256: string }>(
        `/v1/ops/dead-letters/${service}/${letter.id}`,
        {},
        signal,
      ),
    gcTime: 0,
  });
  if (found.isPending) return <Loading label="Opening it" lines={2} />;
  if (found.isError) return <Failed error={found.error} />;
  return (
    <section className="card stack" aria-label="What the record holds">
      <h3>What record {letter.id} holds</h3>
      <Note>Patient data. That you opened it is in the access log.</Note>
      <dl className="facts">
        {found.data.headers.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <pre className="payload" tabIndex={0}>
        {found.data.text}
      </pre>
    </section>
  );
}
