/** Payments: what payers and banks sent that nobody could place, each beside its candidates. */
import "./payments.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { get, post } from "../api/client.ts";
import { claimQuery } from "../api/queries.ts";
import { cents, day, ended, fullDay, name, title, usd } from "../format.ts";
import { ForOrganization } from "../shell/organization.tsx";
import { useView } from "../shell/view.ts";
import { Badge, Button, Empty, Failed, Loading, Note, Tabs } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { AnotherClaim } from "./another.tsx";
import { ByHand } from "./by-hand.tsx";
import { Advices } from "./deposit.tsx";
import { type Candidate, candidatesOf, type Item, idOf, LISTS, type List, reasonsOf, text } from "./item.ts";
import { type Meant, Sure } from "./sure.tsx";

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
  const queries = useQueryClient();
  const [entering, enter] = useState(false);
  const counts = useQuery({
    queryKey: ["payments", "counts", organization],
    queryFn: ({ signal }) => get<Record<string, number>>("/v1/worklist/counts", {}, signal),
  });
  return (
    <>
      {counts.error ? <Failed error={counts.error} again={() => void counts.refetch()} /> : null}
      <div className="row no-print">
        <Button size="small" onPress={() => enter(true)}>
          Enter a deposit…
        </Button>
      </div>
      {entering ? (
        <ByHand
          onClose={() => enter(false)}
          onDone={() => void queries.invalidateQueries({ queryKey: ["payments"] })}
        />
      ) : null}
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

function One({ list, item, onDone }: { list: List; item: Item; onDone: () => void }) {
  const looks = list === "held" || list === "remittances";
  const { data } = useQuery({
    queryKey: ["payments", list, idOf(item)],
    queryFn: ({ signal }) => get<Item>(`/v1/worklist/${list}/${idOf(item)}`, {}, signal).catch(() => item),
    enabled: looks,
  });
  const queries = useQueryClient();
  const [meant, setMeant] = useState<Meant | null>(null);
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
  const match = (claim: string, called = claim.slice(0, 8)): void =>
    setMeant({
      body: list === "held" ? { choice: "post", claim_id: claim } : { choice: "claim", claim_id: claim },
      sentence:
        list === "recoupments"
          ? `${usd(text(amount))} was taken back from claim ${called}.`
          : `${usd(text(amount))} is booked to claim ${called}.`,
      yes: "Yes, it is this claim",
      note: false,
    });
  const x12 = text(data?.x12);
  const ofClaims = list === "held" || list === "remittances" || list === "recoupments";
  return (
    <section className="stack" aria-label="The payment and its candidates">
      <div className="card">
        <h2>{usd(text(amount))}</h2>
        {reasonsOf(known).map((one) => (
          <Note key={one.what} tone="warn">
            {one.what} {one.fix}
          </Note>
        ))}
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
          {list === "held" && x12 && known.kind === "payment" ? (
            <>
              <Button
                size="small"
                onPress={() =>
                  setMeant({
                    body: { choice: "correct" },
                    sentence: "It is booked as it stands below. What the payer sent is kept beside it.",
                    yes: "Yes, book it so",
                    note: true,
                    x12,
                  })
                }
              >
                Correct it…
              </Button>
              <Button
                size="small"
                onPress={() =>
                  setMeant({
                    body: { choice: "split" },
                    sentence: "It is booked as the several claim payments below, each to its claim.",
                    yes: "Yes, book them",
                    note: true,
                    x12,
                  })
                }
              >
                Split it…
              </Button>
            </>
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
      {list === "deposits" ? <Advices deposit={item} onMeant={setMeant} /> : null}
      {candidates.length ? <h3>Candidates</h3> : ofClaims ? <p className="soft">No claim comes near it.</p> : null}
      {candidates.map((one) => (
        <Beside key={one.claim_id} candidate={one} item={known} onMatch={() => match(one.claim_id)} />
      ))}
      {ofClaims && known.kind !== "imbalance" ? <AnotherClaim onMatch={match} /> : null}
      {meant ? <Sure meant={meant} onClose={() => setMeant(null)} onYes={decide} /> : null}
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
