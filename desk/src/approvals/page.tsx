/** Approvals: what waits for a manager's authority, each with the amount, the reasons and who handed it over. */
import "../cases/cases.css";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { ApiProblem, get } from "../api/client.ts";
import { useNames } from "../api/queries.ts";
import type { CasePage, Row } from "../api/types.ts";
import { CasePane } from "../case/pane.tsx";
import { pressing } from "../cases/table.tsx";
import { count, day, left, name, percent, usd } from "../format.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useMe } from "../shell/me.ts";
import { useView } from "../shell/view.ts";
import { Button, type Column, Empty, Failed, Loading, Note, Table } from "../ui/parts.tsx";
import { HandOver } from "./hand-over.tsx";

/** Columns that make room for the case that is open. */
const ASIDE = ["owner", "acts", "share"];

async function waiting(signal: AbortSignal): Promise<Row[]> {
  try {
    return (await get<CasePage>("/v1/cases", { role: "manager", sort: "due", limit: 200 }, signal)).items;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return [];
    throw error;
  }
}

export default function Approvals() {
  const me = useMe();
  const nameOf = useNames();
  const [view, change] = useView();
  const [handing, setHanding] = useState<Row | null>(null);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["cases", "approvals"],
    queryFn: ({ signal }) => waiting(signal),
  });
  const rows = data ?? [];
  const at = rows.findIndex((row) => row.key === view.case);
  const open = (row: Row | undefined): void => change({ case: row?.key ?? "", tab: "" }, { replace: true });
  const step = (by: number): void => open(rows[Math.max(0, Math.min(rows.length - 1, at + by))]);
  useShortcuts([
    { key: "j", what: "Next approval", run: () => step(1) },
    { key: "k", what: "Previous approval", run: () => step(-1) },
  ]);
  const limits = Object.entries(me.limits ?? {});
  return (
    <div className={view.case ? "split" : ""}>
      <div className="plain">
        <header className="page-head">
          <h1>Approvals</h1>
          {data ? <span className="soft">{count(rows.length, "decision")} for a manager</span> : null}
          <span className="acts">
            <Link className="btn small" href="/work?role=manager&sort=due">
              Open in Work
            </Link>
          </span>
        </header>
        {limits.length ? (
          <Note>
            {limits.map(([role, limit]) => (
              <p key={role}>
                A {role} decides up to {usd(limit)}.
              </p>
            ))}
          </Note>
        ) : null}
        {isPending ? <Loading label="Reading what waits" /> : null}
        {error && !data ? <Failed error={error} again={() => void refetch()} /> : null}
        {data && !rows.length ? (
          <Empty title="Nothing waits for a manager">Decisions above a negotiator’s authority appear here.</Empty>
        ) : null}
        {rows.length ? (
          <Table
            caption="Decisions for a manager"
            rows={rows}
            keyOf={(row) => row.key}
            columns={(
              [
                {
                  id: "due",
                  head: "Due",
                  cell: (row) => (
                    <span className="fig nowrap">
                      <b className={pressing(row)}>{left(row.days_left) || "no day"}</b>{" "}
                      <span className="soft">{row.due ? day(row.due) : ""}</span>
                    </span>
                  ),
                },
                {
                  id: "what",
                  head: "Decision",
                  cell: (row) => (
                    <>
                      <Button look="link" onPress={() => open(row)}>
                        {row.move}
                      </Button>
                      {view.case ? null : <span className="soft block">{row.why}</span>}
                    </>
                  ),
                },
                { id: "payer", head: "Payer", cell: (row) => name(row.payer.name || row.payer.id) },
                { id: "offer", head: "Offer", num: true, cell: (row) => usd(row.offer) },
                { id: "share", head: "of target", num: true, cell: (row) => percent(row.offer_share) },
                { id: "stake", head: "At stake", num: true, cell: (row) => usd(row.at_stake) },
                {
                  id: "owner",
                  head: "Owner",
                  cell: (row) => (row.owner ? nameOf(row.owner) : <span className="soft">nobody</span>),
                },
                {
                  id: "acts",
                  head: <span className="hidden-text">Acts</span>,
                  cell: (row) => (
                    <Button size="small" onPress={() => setHanding(row)}>
                      Hand over…
                    </Button>
                  ),
                },
              ] satisfies Column<Row>[]
            ).filter((column) => !view.case || !ASIDE.includes(column.id))}
          />
        ) : null}
        {handing ? <HandOver row={handing} onClose={() => setHanding(null)} onDone={() => void refetch()} /> : null}
      </div>
      {view.case ? (
        <aside className="side" aria-label="Case">
          <CasePane
            key={view.case}
            caseKey={view.case}
            place={at >= 0 ? { at: at + 1, of: rows.length } : undefined}
            onStep={step}
            onDone={() => {
              step(1);
              void refetch();
            }}
            onClose={() => open(undefined)}
          />
        </aside>
      ) : null}
    </div>
  );
}
