/** What was billed, paid and deposited, by whom; the offers of both sides; and the steps of the pursuit. */
import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client.ts";
import type { Claim } from "../api/types.ts";
import { aboutLines, cents, day, title, usd, words } from "../format.ts";
import { Table } from "../ui/parts.tsx";
import { pathOf, useCase } from "./context.ts";

interface Entry {
  seq: number;
  on: string;
  from: string;
  to: string;
  amount: string;
  why: string;
}

export function Money() {
  const { claim, claimId } = useCase();
  const { data: ledger } = useQuery({
    queryKey: ["claim", claimId, "ledger"],
    queryFn: ({ signal }) => get<{ entries: Entry[] }>(`${pathOf(claimId)}/ledger`, {}, signal).catch(() => null),
  });
  const amounts = claim.amounts;
  const sums: [string, string | null][] = [
    ["Billed", amounts.billed],
    ["Allowed", amounts.allowed],
    ["Paid at first", amounts.paid_at_first],
    ["Paid in all", amounts.paid],
    ["In the bank", amounts.deposited],
    ["Recovered", amounts.recovered],
    ["Patient’s share", amounts.patient_share],
    ["Paid by others", amounts.paid_by_others],
  ];
  return (
    <>
      <div className="tiles">
        {sums
          .filter(([label, amount]) => cents(amount) || label === "Billed" || label === "Paid in all")
          .map(([label, amount]) => (
            <div key={label} className="tile">
              <span className="label">{label}</span>
              <span className="value">{usd(amount)}</span>
            </div>
          ))}
      </div>
      {claim.settlement ? (
        <p>
          Settled at <b className="strong">{usd(claim.settlement.amount)}</b>.
        </p>
      ) : null}
      {claim.offers.length ? (
        <section className="stack tight" aria-label="Offers">
          <h3>Offers and counter-offers</h3>
          <Table
            caption="Offers and counter-offers"
            columns={OFFERS}
            rows={claim.offers.map((one, at) => ({ ...one, at }))}
            keyOf={(one) => String(one.at)}
          />
        </section>
      ) : null}
      {claim.cases.length ? (
        <section className="stack tight" aria-label="Steps">
          <h3>Appeals and disputes</h3>
          <Table
            caption="Steps of the pursuit"
            columns={STEPS}
            rows={claim.cases.map((one, at) => ({ ...one, at, over: claim.final }))}
            keyOf={(one) => String(one.at)}
          />
        </section>
      ) : null}
      {ledger?.entries.length ? (
        <section className="stack tight" aria-label="Bookings">
          <h3>Bookings</h3>
          <Table
            caption="Bookings of the claim"
            columns={ENTRIES}
            rows={ledger.entries}
            keyOf={(one) => String(one.seq)}
          />
        </section>
      ) : null}
    </>
  );
}

type OfferRow = Claim["offers"][number];
const OFFERS = [
  { id: "on", head: "Day", cell: (one: OfferRow) => <span className="fig">{day(one.on)}</span> },
  { id: "by", head: "From", cell: (one: OfferRow) => (one.by === "payer" ? "payer" : "us") },
  { id: "amount", head: "Amount", num: true, cell: (one: OfferRow) => usd(one.amount) },
  { id: "lines", head: "For", cell: (one: OfferRow) => aboutLines(one.lines) },
];
type Step = Claim["cases"][number] & { over: boolean };
const STEPS = [
  { id: "opened", head: "Opened", cell: (one: Step) => <span className="fig">{day(one.opened_on)}</span> },
  {
    id: "forum",
    head: "Forum",
    cell: (one: Step) => `${title(one.forum)}${one.level > 1 ? `, level ${one.level}` : ""}`,
  },
  { id: "sought", head: "Sought", num: true, cell: (one: Step) => usd(one.sought) },
  { id: "outcome", head: "Outcome", cell: (one: Step) => words(one.outcome) || (one.over ? "over" : "open") },
  { id: "awarded", head: "Awarded", num: true, cell: (one: Step) => usd(one.awarded) },
];
const ENTRIES = [
  { id: "on", head: "Day", cell: (one: Entry) => <span className="fig">{day(one.on)}</span> },
  { id: "from", head: "From", cell: (one: Entry) => words(one.from) },
  { id: "to", head: "To", cell: (one: Entry) => words(one.to) },
  { id: "amount", head: "Amount", num: true, cell: (one: Entry) => usd(one.amount) },
  { id: "why", head: "Why", cell: (one: Entry) => <span className="soft">{one.why}</span> },
];
