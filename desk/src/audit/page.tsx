/** Audit: who saw a claim, when and from where, opened or listed; whether the log is whole; a signed file of it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { download, get } from "../api/client.ts";
import { count, moment, title } from "../format.ts";
import { useView } from "../shell/view.ts";
import { Badge, Button, Failed, Field, Loading, Note, Select, Table, type Tone } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import "./page.css";

type Kind = "opened" | "listed" | "exported" | "changed" | "refused";
interface Entry {
  id: number;
  kind: Kind;
  name: string;
  access: {
    at: string;
    principal: string;
    role: string;
    action: string;
    phi: boolean;
    tenants: string[];
    claim_ids: string[];
    client: string;
    outcome: string;
  };
}
const TONES: Record<Kind, Tone> = { opened: "accent", listed: "", exported: "warn", changed: "good", refused: "bad" };
const SHOWN = [
  { id: "all", label: "Everything" },
  ...(["opened", "listed", "exported", "changed", "refused"] as const).map((kind) => ({
    id: kind,
    label: title(kind),
  })),
];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export default function Page() {
  const [view, change] = useView();
  const [claim, setClaim] = useState(view.claim_id ?? "");
  const verdict = useQuery({
    queryKey: ["audit", "verdict"],
    queryFn: ({ signal }) => get<{ broken: number[]; checked: number }>("/v1/access-log/audit", {}, signal),
  });
  const asked = { claim_id: view.claim_id, principal: view.principal };
  const found = useInfiniteQuery({
    queryKey: ["audit", asked],
    queryFn: ({ signal, pageParam }) =>
      get<{ items: Entry[]; next: string | null }>(
        "/v1/access-log",
        { ...asked, limit: 200, cursor: pageParam },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const kind = view.kind ?? "all";
  const rows = (found.data?.pages.flatMap((page) => page.items) ?? []).filter(
    (entry) => kind === "all" || entry.kind === kind,
  );
  const wrong =
    claim && !UUID.test(claim.trim()) ? "A claim's id has 32 hexadecimal digits in five groups." : undefined;
  const save = (format: string) =>
    download("/v1/access-log/export", `access-log.${format}`, { ...asked, format }).catch((error) =>
      say(error instanceof Error ? error.message : "It could not be saved.", { tone: "bad" }),
    );
  return (
    <div className="plain audit">
      <header className="page-head">
        <h1>Audit</h1>
        <div className="acts">
          <Button size="small" onPress={() => save("csv")}>
            Signed CSV
          </Button>
          <Button size="small" onPress={() => save("pdf")}>
            Signed PDF
          </Button>
        </div>
      </header>
      <Whole of={verdict.data} error={verdict.error} />
      <form
        className="row wrap filters"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) change({ claim_id: claim.trim().toLowerCase() });
        }}
      >
        <Field label="Claim id" value={claim} onChange={setClaim} error={wrong} maxLength={36} />
        <Select
          label="What was done"
          value={kind}
          onChange={(chosen) => change({ kind: chosen === "all" ? "" : chosen })}
          choices={SHOWN}
        />
        <Button look="primary" isDisabled={!!wrong} onPress={() => change({ claim_id: claim.trim().toLowerCase() })}>
          Show
        </Button>
        {view.claim_id || view.principal ? (
          <Button
            onPress={() => {
              setClaim("");
              change({ claim_id: "", principal: "" });
            }}
          >
            Show all
          </Button>
        ) : null}
      </form>
      {found.isPending ? <Loading label="Reading the access log" lines={8} /> : null}
      {found.isError ? <Failed error={found.error} again={() => found.refetch()} /> : null}
      {found.data ? (
        <div className="stack">
          {rows.length === 0 ? (
            <p className="soft">No entry fits.</p>
          ) : (
            <Table
              caption="Accesses, the newest first"
              rows={rows}
              keyOf={(entry) => String(entry.id)}
              columns={[
                { id: "at", head: "When", cell: (entry) => moment(entry.access.at) },
                {
                  id: "who",
                  head: "Who",
                  cell: (entry) => (
                    <Button look="link" onPress={() => change({ principal: entry.access.principal })}>
                      {entry.name || entry.access.principal}
                    </Button>
                  ),
                },
                { id: "role", head: "Role", cell: (entry) => entry.access.role },
                { id: "kind", head: "What", cell: (entry) => <Badge tone={TONES[entry.kind]}>{entry.kind}</Badge> },
                { id: "action", head: "How", cell: (entry) => entry.access.action },
                { id: "claims", head: "Claims", cell: (entry) => <Claims ids={entry.access.claim_ids} /> },
                { id: "phi", head: "Account numbers", cell: (entry) => (entry.access.phi ? "in the clear" : "masked") },
                { id: "client", head: "From", cell: (entry) => entry.access.client || "–" },
              ]}
            />
          )}
          {found.hasNextPage ? (
            <p>
              <Button isDisabled={found.isFetchingNextPage} onPress={() => found.fetchNextPage()}>
                Show older
              </Button>
            </p>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function Claims({ ids }: { ids: readonly string[] }) {
  const [first] = ids;
  if (ids.length > 1) return <>{count(ids.length, "claim")} on a list</>;
  return first ? <Link href={`/claim/${first}`}>{first.slice(0, 8)}</Link> : <>–</>;
}

function Whole({ of, error }: { of: { broken: number[]; checked: number } | undefined; error: Error | null }) {
  if (error) return <Failed error={error} />;
  if (!of) return <p className="soft">The chain of entries is checked …</p>;
  if (of.broken.length)
    return (
      <Note tone="bad" alert>
        Entries were altered or removed: the chain breaks at {of.broken.slice(0, 20).join(", ")}.
      </Note>
    );
  return (
    <p className="soft">{count(of.checked, "entry", "entries")} checked: none was altered, none before them is gone.</p>
  );
}
