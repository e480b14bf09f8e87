/** The claims behind a number: they add up to it, open one by one, and leave as a file. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { download, get, type Query } from "../api/client.ts";
import { count, day, name, title, usd } from "../format.ts";
import { Button, Dialog, Failed, Loading, Table } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import type { Behind } from "./types.ts";

export function ClaimsBehind({ label, asked, onClose }: { label: string; asked: Query; onClose: () => void }) {
  const found = useInfiniteQuery({
    queryKey: ["results", "claims", asked],
    queryFn: ({ signal, pageParam }) =>
      get<Behind>("/v1/results/claims", { ...asked, limit: 100, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const first = found.data?.pages[0];
  const save = (format: string) =>
    download("/v1/results/claims/export", `results-${asked.set}.${format}`, { ...asked, format }).catch((error) =>
      say(error instanceof Error ? error.message : "It could not be saved.", { tone: "bad" }),
    );
  return (
    <Dialog title={label} onClose={onClose} wide>
      {found.isPending ? <Loading label="Reading the claims" /> : null}
      {found.isError ? <Failed error={found.error} again={() => found.refetch()} /> : null}
      {first ? (
        <div className="stack">
          <p>
            <strong>
              {count(first.claims, "claim")}, {usd(first.amount)}.
            </strong>{" "}
            <span className="soft">{first.definition}.</span>
          </p>
          <Table
            caption="Claims behind the number, those that bring most first"
            rows={found.data?.pages.flatMap((page) => page.items) ?? []}
            keyOf={(row) => row.claim_id}
            columns={[
              {
                id: "claim",
                head: "Claim",
                cell: (row) => <Link href={`/claim/${row.claim_id}`}>{row.claim_id.slice(0, 8)}</Link>,
              },
              { id: "payer", head: "Payer", cell: (row) => name(row.payer) },
              { id: "code", head: "Code", cell: (row) => row.code || "–" },
              { id: "service", head: "Service", cell: (row) => day(row.service_from) },
              { id: "state", head: "State", cell: (row) => title(row.close_reason || row.state) },
              { id: "billed", head: "Billed", num: true, cell: (row) => usd(row.billed) },
              { id: "paid", head: "Paid", num: true, cell: (row) => usd(row.paid) },
              { id: "recovered", head: "Recovered", num: true, cell: (row) => usd(row.recovered) },
              { id: "amount", head: "Counts for", num: true, cell: (row) => <strong>{usd(row.amount)}</strong> },
            ]}
          />
          <div className="acts">
            {found.hasNextPage ? (
              <Button isDisabled={found.isFetchingNextPage} onPress={() => found.fetchNextPage()}>
                Show more
              </Button>
            ) : null}
            <Button onPress={() => save("csv")}>Save as CSV</Button>
            <Button onPress={() => save("xlsx")}>Save as Excel</Button>
          </div>
        </div>
      ) : null}
    </Dialog>
  );
}
