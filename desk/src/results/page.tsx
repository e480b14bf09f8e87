/** Results: what our work came to in a period, beside another, and the claims behind each number. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { download, get, type Query, withQuery } from "../api/client.ts";
import { day, dollars, fullDay, name, percent, title, today, usd } from "../format.ts";
import { useView, type View } from "../shell/view.ts";
import { Bars, Estimates } from "../ui/charts.tsx";
import { Button, Empty, Explained, Failed, Field, Loading, Select, Table } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { ClaimsBehind } from "./behind.tsx";
import { Compare } from "./compare.tsx";
import "./page.css";
import { COMPARED, monthName, PERIODS, periodOf } from "./period.ts";
import type { Bucket, Drill, Figure, Histogram, Results, Scorecard } from "./types.ts";

type Change = (changes: View) => void;

/** A figure as people read it. */
const shown = (figure: Figure, value: string | null): string => {
  if (value === null) return "–";
  if (figure.unit === "dollars") return dollars(value);
  return figure.unit === "share" ? percent(value, 1) : `${Number(value)} days`;
};

export default function Page() {
  const [view, change] = useView();
  const chosen = view.period ?? (view.since || view.until ? "own" : "all");
  const days = chosen === "own" ? { since: view.since ?? "", until: view.until ?? "" } : periodOf(chosen, today());
  const compare = chosen === "all" ? "none" : (view.compare ?? "previous");
  const period: Query = { ...days, payer_id: view.payer_id };
  const found = useQuery({
    queryKey: ["results", period, compare],
    queryFn: ({ signal }) => get<Results>("/v1/results", { ...period, compare }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const save = (table: string, format = "csv") =>
    download("/v1/results/export", `results-${table}.${format}`, { ...period, compare, table, format }).catch((error) =>
      say(error instanceof Error ? error.message : "It could not be saved.", { tone: "bad" }),
    );
  const open = (drill: Drill, label: string) => change({ set: drill.set, value: drill.value ?? "", of: label });
  return (
    <div className="plain results">
      <header className="page-head">
        <h1>Results</h1>
        <div className="acts">
          <Button size="small" onPress={() => save("figures", "xlsx")}>
            <Download aria-hidden="true" /> Figures
          </Button>
          <Button size="small" onPress={() => save("payers", "xlsx")}>
            <Download aria-hidden="true" /> Payers
          </Button>
        </div>
      </header>
      <Filters view={view} chosen={chosen} change={change} payers={found.data?.payers ?? []} />
      {found.isPending ? <Loading label="Computing the results" lines={8} /> : null}
      {found.isError ? <Failed error={found.error} again={() => found.refetch()} /> : null}
      {found.data ? <Shown of={found.data} view={view} open={open} save={save} /> : null}
      {found.data ? <Compare since={days.since ?? ""} until={days.until ?? ""} /> : null}
      {view.set ? (
        <ClaimsBehind
          label={view.of || "Claims"}
          asked={{ ...period, set: view.set, value: view.value }}
          onClose={() => change({ set: "", value: "", of: "" })}
        />
      ) : null}
    </div>
  );
}

function Filters({
  view,
  chosen,
  change,
  payers,
}: {
  view: View;
  chosen: string;
  change: Change;
  payers: readonly Scorecard[];
}) {
  const payer = view.payer_id ?? "";
  const choices = [
    { id: "", label: "All payers" },
    ...payers.map((one) => ({ id: one.payer_id, label: name(one.name) })),
  ];
  if (payer && !choices.some((one) => one.id === payer)) choices.push({ id: payer, label: payer });
  return (
    <div className="row wrap filters">
      <Select label="Period" value={chosen} onChange={(period) => change({ period })} choices={PERIODS} />
      {chosen === "own" ? (
        <>
          <Field
            label="From"
            type="date"
            value={view.since ?? ""}
            onChange={(since) => change({ period: "own", since })}
          />
          <Field
            label="To"
            type="date"
            value={view.until ?? ""}
            onChange={(until) => change({ period: "own", until })}
          />
        </>
      ) : null}
      {chosen === "all" ? null : (
        <Select
          label="Compared with"
          value={view.compare ?? "previous"}
          onChange={(compare) => change({ compare })}
          choices={COMPARED}
        />
      )}
      <Select
        label="Payer"
        value={payer || "*"}
        onChange={(id) => change({ payer_id: id === "*" ? "" : id })}
        choices={choices.map((one) => ({ ...one, id: one.id || "*" }))}
      />
    </div>
  );
}

function Shown({
  of,
  view,
  open,
  save,
}: {
  of: Results;
  view: View;
  open: (drill: Drill, label: string) => void;
  save: (table: string, format?: string) => void;
}) {
  const href = (drill: Drill, label: string): string =>
    withQuery("/desk/results", { ...view, set: drill.set, value: drill.value ?? "", of: label });
  return (
    <div className="stack wide-gap">
      <p className="soft">
        {of.since || of.until ? `${fullDay(of.since)} to ${fullDay(of.until)}` : "All claims"}, by the day of the first
        payment or denial; what is open is as of {fullDay(of.on)}.
        {of.compared ? ` Compared with ${fullDay(of.compared[0])} to ${fullDay(of.compared[1])}.` : ""}
      </p>
      <section className="tiles" aria-label="Figures">
        {of.figures.map((figure) => (
          <Tile key={figure.name} figure={figure} open={open} />
        ))}
      </section>
      <div className="two">
        <section className="card" aria-labelledby="recovered">
          <h2 id="recovered">Recovered by month of payment</h2>
          <Recovered of={of} href={href} />
        </section>
        <section className="card" aria-labelledby="aging">
          <h2 id="aging">Open A/R by age</h2>
          <Aging buckets={of.aging} href={href} />
        </section>
        {of.histograms.map((histogram) => (
          <section key={histogram.name} className="card" aria-label={histogram.label}>
            <h2>{histogram.label}</h2>
            <Distribution of={histogram} />
          </section>
        ))}
      </div>
      <section className="card" aria-labelledby="payers">
        <div className="page-head">
          <h2 id="payers">Payers</h2>
          <Button size="small" onPress={() => save("payers")}>
            CSV
          </Button>
        </div>
        <Payers cards={of.payers} view={view} />
      </section>
      <section className="card" aria-labelledby="reasons">
        <h2 id="reasons">Why claims are denied</h2>
        {of.reasons.length === 0 ? (
          <Empty title="No denials">No claim of the period was denied as a whole.</Empty>
        ) : (
          <Table
            caption="Claims denied as a whole at first, by reason code"
            rows={of.reasons}
            keyOf={(row) => row.carc}
            columns={[
              { id: "carc", head: "CARC", cell: (row) => `CARC ${row.carc}` },
              {
                id: "claims",
                head: "Claims",
                num: true,
                cell: (row) => (
                  <Button look="link" onPress={() => open(row.drill, `Denied for CARC ${row.carc}`)}>
                    {row.claims}
                  </Button>
                ),
              },
              { id: "share", head: "Of claims answered", num: true, cell: (row) => percent(row.share?.value, 1) },
              { id: "billed", head: "Billed", num: true, cell: (row) => usd(row.billed) },
            ]}
          />
        )}
      </section>
    </div>
  );
}

function Tile({ figure, open }: { figure: Figure; open: (drill: Drill, label: string) => void }) {
  const moved =
    figure.value !== null && figure.before !== null ? Number(figure.value) - Number(figure.before) : Number.NaN;
  const good = figure.better && moved ? moved > 0 === (figure.better === "more") : null;
  return (
    <div className="tile">
      <span className="label">
        <Explained why={figure.definition}>{figure.label}</Explained>
      </span>
      <span className="value">{shown(figure, figure.value)}</span>
      {figure.share ? (
        <span className="soft">
          {figure.share.part} of {figure.share.whole}; {percent(figure.share.low)}–{percent(figure.share.high)}
        </span>
      ) : null}
      {figure.before === null ? null : (
        <span className={good === null ? "soft" : good ? "good" : "bad"}>before: {shown(figure, figure.before)}</span>
      )}
      <Button look="link" size="small" onPress={() => open(figure.drill, figure.label)}>
        {figure.claims.toLocaleString("en-US")} {figure.claims === 1 ? "claim" : "claims"}
      </Button>
    </div>
  );
}

function Recovered({ of, href }: { of: Results; href: (drill: Drill, label: string) => string }) {
  const months = of.months.slice(-24);
  const forums = [...new Set(months.flatMap((month) => Object.keys(month.by_forum)))].sort();
  if (!forums.length) return <Empty title="Nothing yet">No money of a dispute came in this period.</Empty>;
  return (
    <Bars
      title="Recovered by month of payment and forum"
      unit="dollars"
      write={dollars}
      series={forums.map((forum) => ({
        name: title(forum) || "No forum",
        points: months.map((month) => ({
          at: monthName(month.month),
          value: Number(month.by_forum[forum] ?? 0),
          href: href(month.cash_drill, `Recovered in ${monthName(month.month)}`),
        })),
      }))}
    />
  );
}

function Aging({ buckets, href }: { buckets: readonly Bucket[]; href: (drill: Drill, label: string) => string }) {
  const label = (bucket: Bucket): string =>
    bucket.to_days === null ? `${bucket.from_days}+` : `${bucket.from_days}–${bucket.to_days}`;
  return (
    <Bars
      title="Open A/R by days since the first day of service"
      unit="dollars"
      write={dollars}
      series={[
        {
          name: "Open A/R",
          points: buckets.map((bucket) => ({
            at: label(bucket),
            value: Number(bucket.amount),
            href: href(bucket.drill, `Open A/R of ${label(bucket)} days`),
          })),
        },
      ]}
    />
  );
}

function Distribution({ of }: { of: Histogram }) {
  const write = (value: string): string => (of.unit === "dollars" ? dollars(value) : String(Number(value)));
  if (!of.bars.length) return <Empty title="Nothing yet">No claim of the period has one.</Empty>;
  return (
    <>
      <p className="soft">
        {of.claims} {of.claims === 1 ? "claim" : "claims"}; median {of.median === null ? "–" : write(of.median)}
        {of.unit === "days" ? " days" : ""}. All bars are equally wide; the last holds what lies beyond.
      </p>
      <Bars
        title={of.label}
        unit="claims"
        write={(value) => (Number.isInteger(value) ? String(value) : "")}
        series={[
          {
            name: "Claims",
            points: of.bars.map((bar) => ({
              at: bar.to === null ? `${write(bar.from)}+` : write(bar.from),
              value: bar.claims,
            })),
          },
        ]}
      />
    </>
  );
}

function Payers({ cards, view }: { cards: readonly Scorecard[]; view: View }) {
  if (!cards.length) return <Empty title="No payers">No claim of the period has been answered.</Empty>;
  const estimates = cards
    .filter((card) => card.won)
    .slice(0, 12)
    .map((card) => ({
      name: name(card.name) || card.payer_id,
      value: Number(card.won?.value),
      low: Number(card.won?.low),
      high: Number(card.won?.high),
      of: card.won?.whole ?? 0,
    }));
  return (
    <div className="stack">
      {estimates.length ? (
        <figure className="stack tight">
          <p className="soft">Disputes won, of those that have ended, with the range that holds 9 times in 10</p>
          <Estimates title="Disputes won by payer" rows={estimates} write={(value) => percent(value)} />
        </figure>
      ) : null}
      <Table
        caption="A scorecard a payer"
        rows={cards}
        keyOf={(card) => card.payer_id}
        columns={[
          {
            id: "payer",
            head: "Payer",
            cell: (card) => (
              <a href={withQuery("/desk/results", { ...view, payer_id: card.payer_id })}>
                {name(card.name) || card.payer_id}
              </a>
            ),
          },
          { id: "claims", head: "Answered", num: true, cell: (card) => card.claims },
          { id: "under", head: "Underpaid", num: true, cell: (card) => percent(card.underpaid?.value, 1) },
          { id: "denied", head: "Denied", num: true, cell: (card) => percent(card.denied?.value, 1) },
          { id: "won", head: "Won", num: true, cell: (card) => percent(card.won?.value) },
          { id: "recovered", head: "Recovered", num: true, cell: (card) => usd(card.recovered) },
          { id: "rate", head: "Recovery rate", num: true, cell: (card) => percent(card.recovery_rate, 1) },
          { id: "dispute", head: "In dispute", num: true, cell: (card) => usd(card.in_dispute) },
          {
            id: "days",
            head: "Days to payment",
            num: true,
            cell: (card) => (card.days_to_payment.days === null ? "–" : Number(card.days_to_payment.days)),
          },
          {
            id: "work",
            head: "",
            cell: (card) => <a href={withQuery("/desk/work", { payer_id: card.payer_id })}>Open cases</a>,
          },
        ]}
      />
      <p className="soft">As of {day(today())}. “Won” counts disputes that brought money.</p>
    </div>
  );
}
