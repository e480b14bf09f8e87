/** What pursuits came to by what claims share: specialty, code, forum, or the policy by which they were negotiated. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../api/client.ts";
import { name, percent, title, usd } from "../format.ts";
import { useView } from "../shell/view.ts";
import { Empty, Failed, Loading, Select, Table } from "../ui/parts.tsx";
import type { Outcome, Share } from "./types.ts";

const DIMENSIONS = [
  { id: "specialty", label: "Specialty" },
  { id: "code", label: "Procedure code" },
  { id: "forum", label: "Last forum" },
  { id: "policy", label: "Negotiation policy" },
];
const UNKNOWN: Record<string, string> = { forum: "No forum", policy: "None yet" };

export const labelOf = (by: string, one: Pick<Outcome, "name">): string => {
  if (!one.name) return UNKNOWN[by] ?? "Not known yet";
  return by === "code" || by === "policy" ? one.name : by === "payer" ? name(one.name) : title(one.name);
};
/** A share with what it rests on: two of two is not two hundred of two hundred. */
export const shareOf = (share: Share | null): string =>
  share ? `${percent(share.value, 1)} of ${share.whole} (${percent(share.low)}–${percent(share.high)})` : "–";

export function Compare({ since, until }: { since: string; until: string }) {
  const [view, change] = useView();
  const by = DIMENSIONS.some((one) => one.id === view.by) ? (view.by ?? "") : "forum";
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["results", "outcomes", by, since, until],
    queryFn: ({ signal }) =>
      get<{ by: string; items: Outcome[] }>("/v1/portfolio/outcomes", { by, since, until }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  return (
    <section className="card" aria-label="Pursuits compared">
      <div className="page-head">
        <h2>Pursuits compared</h2>
        <Select label="Compare by" value={by} onChange={(chosen) => change({ by: chosen })} choices={DIMENSIONS} />
      </div>
      {isPending ? <Loading label="Computing the comparison" lines={3} /> : null}
      {error && !data ? <Failed error={error} again={() => void refetch()} /> : null}
      {data && !data.items.length ? <Empty title="Nothing to compare">No claim of the period has ended.</Empty> : null}
      {data?.items.length ? <Outcomes by={data.by} rows={data.items} /> : null}
    </section>
  );
}

function Outcomes({ by, rows }: { by: string; rows: readonly Outcome[] }) {
  return (
    <>
      <p className="soft">All payers. In brackets the range that holds 9 times in 10.</p>
      <Table
        caption="What pursuits came to"
        rows={rows}
        keyOf={(one) => one.key}
        columns={[
          { id: "name", head: DIMENSIONS.find((one) => one.id === by)?.label, cell: (one) => labelOf(by, one) },
          { id: "claims", head: "Claims", num: true, cell: (one) => one.claims },
          { id: "under", head: "Underpaid", num: true, cell: (one) => shareOf(one.underpaid_share) },
          { id: "won", head: "Brought money, of ended", num: true, cell: (one) => shareOf(one.won_share) },
          { id: "recovered", head: "Recovered", num: true, cell: (one) => usd(one.recovered) },
          { id: "rate", head: "Of the shortfall", num: true, cell: (one) => percent(one.recovery_rate, 1) },
          { id: "uplift", head: "Median uplift", num: true, cell: (one) => usd(one.uplift?.median ?? null) },
          {
            id: "days",
            head: "Median days to cash",
            num: true,
            cell: (one) => (one.days_to_cash ? Number(one.days_to_cash.median) : "–"),
          },
        ]}
      />
    </>
  );
}
