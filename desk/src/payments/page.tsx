/** Payments: what payers and banks sent that nobody could place, each beside its candidates. */
import "./payments.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { get, post } from "../api/client.ts";
import { claimQuery } from "../api/queries.ts";
import { cents, day, ended, fullDay, name, sentence, title, usd } from "../format.ts";
import { ForOrganization } from "../shell/organization.tsx";
import { useView } from "../shell/view.ts";
import { Badge, Button, Dialog, Empty, Failed, Field, Loading, Note, Tabs } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";

const LISTS = ["remittances", "held", "recoupments", "deposits", "undeposited"] as const;
type List = (typeof LISTS)[number];
const NAMES: Record<List, string> = {
  remittances: "Payments without a claim",
  held: "Held",
  recoupments: "Taken back",
  deposits: "Money without an 835",
  undeposited: "835s without money",
};
const EMPTY: Record<List, string> = {
  remittances: "Every payment found its claim",
  held: "No payment is held",
  recoupments: "All money taken back is placed",
  deposits: "Every deposit has its 835",
  undeposited: "Every 835 has its money",
};

type Item = Record<string, unknown>;
const idOf = (item: Item): string =>
  String(item.held_id ?? item.remittance_id ?? item.recoupment_id ?? item.deposit_id ?? item.advice_id ?? "");
const text = (value: unknown): string => (value === null || value === undefined ? "" : String(value));

export default function Payments() {
  return (
    <div className="plain">
      <header className="page-head">
        <h1>Payments</h1>
        <span className="soft">What waits for a person before it is booked</span>
      </header>
      <ForOrganization>{(organization) => <Lists key={organization} organization={organization} />}</ForOrganization>
    </div>
  );
}

function Lists({ organization }: { organization: string }) {
  const [view, change] = useView();
  const counts = useQuery({
    queryKey: ["payments", "counts", organization],
    queryFn: ({ signal }) => get<Record<string, number>>("/v1/worklist/counts", {}, signal),
  });
  return (
    <>
      {counts.error ? <Failed error={counts.error} again={() => void counts.refetch()} /> : null}
      <Tabs
        label="Lists of payments"
        chosen={view.list ?? "remittances"}
        onChange={(list) => change({ list, item: "" }, { replace: true })}
        tabs={LISTS.map((list) => ({
          id: list,
          label: NAMES[list],
          count: counts.data?.[list],
          body: () => <OneList list={list} />,
        }))}
      />
    </>
  );
}

function OneList({ list }: { list: List }) {
  const [view, change] = useView();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["payments", list],
    queryFn: ({ signal }) => get<Item[]>(`/v1/worklist/${list}`, {}, signal),
  });
  if (isPending) return <Loading label={`Reading ${NAMES[list]}`} />;
  if (error && !data) return <Failed error={error} again={() => void refetch()} />;
  if (!data?.length) return <Empty title={EMPTY[list]} />;
  const chosen = data.find((item) => idOf(item) === view.item) ?? data[0];
  return (
    <div className="beside">
      <ul className="items" aria-label={NAMES[list]}>
        {data.map((item) => (
          <li key={idOf(item)}>
            <button
              type="button"
              className="case-card"
              aria-current={item === chosen ? "true" : undefined}
              onClick={() => change({ item: idOf(item) }, { replace: true })}
            >
              <span className="top-line">
                <span className="who">
                  {name(text(item.payer)) ||
                    text(item.control_number) ||
                    text(item.payer_claim_number) ||
                    text(item.reason) ||
                    idOf(item).slice(0, 8)}
                </span>
                <b className="fig">{item.amount ? usd(text(item.amount)) : ""}</b>
              </span>
              <span className="soft">
                {text(item.trace_number) || text(item.status)}{" "}
                {day(text(item.paid_on ?? item.posted_on ?? item.received_at ?? item.received_on))}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {chosen ? <One key={idOf(chosen)} list={list} item={chosen} onDone={() => void refetch()} /> : null}
    </div>
  );
}

interface Candidate {
  claim_id: string;
  score?: unknown;
  reason?: string;
}
const candidatesOf = (item: Item): Candidate[] =>
  (Array.isArray(item.candidates) ? item.candidates : []).map((one: unknown) =>
    typeof one === "string" ? { claim_id: one } : (one as Candidate),
  );

function One({ list, item, onDone }: { list: List; item: Item; onDone: () => void }) {
  const looks = list === "held" || list === "remittances";
  const { data } = useQuery({
    queryKey: ["payments", list, idOf(item)],
    queryFn: ({ signal }) => get<Item>(`/v1/worklist/${list}/${idOf(item)}`, {}, signal).catch(() => item),
    enabled: looks,
  });
  const queries = useQueryClient();
  const [meant, setMeant] = useState<{ body: Item; sentence: string; yes: string; note: boolean } | null>(null);
  const known: Item = { ...item, ...data, ...((data?.remittance as Item | null) ?? {}) };
  const candidates = candidatesOf(data ?? item);
  const decide = async (body: Item): Promise<void> => {
    await post(`/v1/worklist/${list}/${idOf(item)}/resolution`, body);
    say("Done.");
    setMeant(null);
    await queries.invalidateQueries({ queryKey: ["payments"] });
    onDone();
  };
  const amount = known.amount ?? known.paid;
  const match = (claim: string): void =>
    setMeant({
      body: list === "held" ? { choice: "post", claim_id: claim } : { choice: "claim", claim_id: claim },
      sentence: `${usd(text(amount))} is booked to claim ${claim.slice(0, 8)}.`,
      yes: "Yes, it is this claim",
      note: false,
    });
  return (
    <section className="stack" aria-label="The payment and its candidates">
      <div className="card">
        <h2>{usd(text(amount))}</h2>
        {known.reason ? (
          <Note tone="warn">
            {sentence(text(known.reason))} {known.how_to_fix ? sentence(text(known.how_to_fix)) : ""}
          </Note>
        ) : null}
        <Facts item={known} />
        <div className="row wrap no-print acts-row">
          {list === "held" ? (
            <Button
              size="small"
              onPress={() =>
                setMeant({
                  body: { choice: "post" },
                  sentence: "It is booked as it stands.",
                  yes: "Yes, book it",
                  note: false,
                })
              }
            >
              Book it as it is…
            </Button>
          ) : null}
          {list === "remittances" ? (
            <Button
              size="small"
              onPress={() =>
                setMeant({
                  body: { choice: "none" },
                  sentence: "It is for none of these claims, and waits on.",
                  yes: "Yes, none of them",
                  note: false,
                })
              }
            >
              None of these…
            </Button>
          ) : null}
          <Button
            size="small"
            onPress={() =>
              setMeant({
                body: { choice: "dismiss" },
                sentence: "It is set aside, and booked nowhere.",
                yes: "Yes, set it aside",
                note: true,
              })
            }
          >
            Set it aside…
          </Button>
        </div>
      </div>
      {candidates.length ? <h3>Candidates</h3> : looks ? <p className="soft">No claim comes near it.</p> : null}
      {candidates.map((one) => (
        <Beside key={one.claim_id} candidate={one} item={known} onMatch={() => match(one.claim_id)} />
      ))}
      {meant ? <Sure {...meant} onClose={() => setMeant(null)} onYes={decide} /> : null}
    </section>
  );
}

const LABELS: Record<string, string> = {
  payer: "Payer",
  control_number: "Account on it",
  payer_claim_number: "Payer’s number",
  trace_number: "Check or trace number",
  charge: "Charge on it",
  paid_on: "Paid on",
  posted_on: "Posted on",
  received_at: "Received",
  kind: "Kind",
  method: "Method",
};

function Facts({ item }: { item: Item }) {
  return (
    <dl className="facts">
      {Object.entries(LABELS)
        .filter(([key]) => item[key])
        .map(([key, label]) => (
          <div key={key} className="contents">
            <dt>{label}</dt>
            <dd className="fig">
              {key === "charge"
                ? usd(text(item[key]))
                : /_on$|_at$/.test(key)
                  ? fullDay(text(item[key]))
                  : key === "payer"
                    ? name(text(item[key]))
                    : text(item[key])}
            </dd>
          </div>
        ))}
    </dl>
  );
}

function Beside({ candidate, item, onMatch }: { candidate: Candidate; item: Item; onMatch: () => void }) {
  const { data: claim, error, isPending } = useQuery(claimQuery(candidate.claim_id));
  if (isPending) return <Loading label="Reading the candidate" lines={2} />;
  if (error || !claim) return <p className="soft">Claim {candidate.claim_id.slice(0, 8)} cannot be read.</p>;
  const facts: { label: string; value: string; differs: boolean }[] = [
    {
      label: "Account",
      value: claim.patient_control_number ?? "hidden",
      differs: !!item.control_number && item.control_number !== claim.patient_control_number,
    },
    {
      label: "Billed",
      value: usd(claim.amounts.billed),
      differs: !!item.charge && cents(text(item.charge)) !== cents(claim.amounts.billed),
    },
    {
      label: "Payer",
      value: name(claim.payer.name),
      differs: !!item.payer && name(text(item.payer)) !== name(claim.payer.name),
    },
    { label: "Service", value: fullDay(claim.service.from), differs: false },
    { label: "Paid so far", value: usd(claim.amounts.paid), differs: false },
  ];
  return (
    <article
      className="card stack tight"
      aria-label={`Candidate ${claim.patient_control_number ?? candidate.claim_id.slice(0, 8)}`}
    >
      <div className="row wrap">
        <Link href={`/claim/${candidate.claim_id}`}>
          {claim.patient_control_number ?? candidate.claim_id.slice(0, 8)}
        </Link>
        <Badge>{title(claim.state)}</Badge>
        {candidate.reason ? <span className="soft">{ended(candidate.reason)}</span> : null}
        <span className="push">
          <Button size="small" look="primary" onPress={onMatch}>
            It is this claim…
          </Button>
        </span>
      </div>
      <dl className="facts">
        {facts.map((fact) => (
          <div key={fact.label} className="contents">
            <dt>{fact.label}</dt>
            <dd className="fig">
              {fact.value} {fact.differs ? <Badge tone="warn">differs</Badge> : null}
            </dd>
          </div>
        ))}
      </dl>
    </article>
  );
}

function Sure({
  body,
  sentence: said,
  yes,
  note,
  onClose,
  onYes,
}: {
  body: Item;
  sentence: string;
  yes: string;
  note: boolean;
  onClose: () => void;
  onYes: (body: Item) => Promise<void>;
}) {
  const [why, setWhy] = useState("");
  const [problem, setProblem] = useState("");
  const act = (): void => {
    if (note && why.trim().length < 3) {
      setProblem("Say why in a few words.");
      return;
    }
    onYes(why.trim() ? { ...body, note: why.trim() } : body).catch((error: Error) => setProblem(error.message));
  };
  return (
    <Dialog title="Are you sure?" role="alertdialog" onClose={onClose}>
      <p className="say">{said}</p>
      <Field
        label={note ? "Why" : "Note (if there is one)"}
        value={why}
        onChange={setWhy}
        autoFocus={note}
        maxLength={400}
      />
      {problem ? (
        <Note tone="bad" alert>
          {problem}
        </Note>
      ) : null}
      <div className="acts">
        <Button onPress={onClose}>Not yet</Button>
        <Button look="primary" autoFocus={!note} onPress={act}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}
