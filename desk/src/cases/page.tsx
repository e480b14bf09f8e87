/** Work: queues, the case list, and the case beside it. */
import "./cases.css";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Queue, Row } from "../api/types.ts";
import { CasePane } from "../case/pane.tsx";
import { words } from "../format.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useView, type View } from "../shell/view.ts";
import { useMedia } from "../ui/media.ts";
import { Empty, Failed, Loading, Note, Select } from "../ui/parts.tsx";
import { Bar, Many } from "./bar.tsx";
import { isFiltered } from "./filters.ts";
import { Queues } from "./queues.tsx";
import { useCases } from "./rows.ts";
import { CaseTable } from "./table.tsx";

const NONE: readonly Row[] = [];

/** The address says `queue=all`; the API takes nothing for all. */
function useListView() {
  const [address, change] = useView();
  const view = useMemo<View & { queue: string }>(
    () => ({ ...address, queue: address.queue === "all" ? "" : (address.queue ?? "") }),
    [address],
  );
  return [view, change] as const;
}

export default function WorkPage() {
  const [view, change] = useListView();
  const queries = useQueryClient();
  const narrow = useMedia("(max-width: 760px)");
  const middle = useMedia("(max-width: 1180px)");
  const searchBox = useRef<HTMLInputElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const { data, error, isPending, isFetching, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useCases(view);
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? NONE, [data]);
  const page = data?.pages[0];
  const current = view.case ?? "";
  const at = rows.findIndex((row) => row.key === current);
  const lastAt = useRef(0);
  useEffect(() => {
    if (at >= 0) lastAt.current = at;
  }, [at]);

  const open = useCallback((row: Row | undefined) => row && change({ case: row.key }, { replace: true }), [change]);
  const step = useCallback(
    // A case that was dealt with has left the list: the next one stands where it stood.
    (by: number) =>
      open(rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? lastAt.current + Math.min(by, 0) : at + by))]),
    [at, open, rows],
  );
  const select = useCallback((key: string, on: boolean) => {
    setSelected((now) => {
      const next = new Set(now);
      if (on) next.add(key);
      else next.delete(key);
      return next;
    });
  }, []);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  useShortcuts([
    { key: "j", what: "Next case", run: () => step(1) },
    { key: "k", what: "Previous case", run: () => step(-1) },
    { key: "x", what: "Select the case", run: () => current && select(current, !selected.has(current)) },
    { key: "/", what: "Search the list", run: () => searchBox.current?.focus() },
  ]);

  const done = useCallback(() => {
    step(1);
    void queries.invalidateQueries({ queryKey: ["queues"] });
  }, [step, queries]);
  const paneOpen = !!current;
  const listed = !(paneOpen && (narrow || middle));
  return (
    <div className={`work ${paneOpen ? "with-case" : ""}`}>
      <h1 className="hidden-text">Work</h1>
      {narrow || !listed ? null : <Queues queues={page?.queues ?? []} view={view} />}
      {listed ? (
        <div className="list">
          {narrow ? (
            <QueueChoice queues={page?.queues ?? []} queue={view.queue} onChange={(queue) => change({ queue })} />
          ) : null}
          <Bar view={view} change={change} total={page?.total} atStake={page?.at_stake} searchBox={searchBox} />
          {selected.size ? <Many keys={[...selected]} onDone={() => setSelected(new Set())} /> : null}
          {page?.unavailable?.length ? (
            <div className="pad">
              <Note tone="warn">
                This list is not whole: {page.unavailable.map(words).join(" and ")} cannot be asked now.
              </Note>
            </div>
          ) : null}
          {error && !data ? (
            <div className="pad">
              <Failed error={error} again={() => void refetch()} />
            </div>
          ) : isPending ? (
            <div className="pad">
              <Loading label="Reading the cases" lines={14} />
            </div>
          ) : rows.length ? (
            <CaseTable
              rows={rows}
              current={current}
              selected={selected}
              sort={view.sort || "-expected"}
              compact={paneOpen}
              narrow={narrow}
              total={page?.total ?? rows.length}
              busy={isFetching}
              onOpen={open}
              onSelect={select}
              onSelectAll={(on) => setSelected(on ? new Set(rows.map((row) => row.key)) : new Set())}
              onSort={(sort) => change({ sort: sort === "-expected" ? "" : sort })}
              onEnd={more}
            />
          ) : (
            <Nothing filtered={isFiltered(view)} queue={view.queue} />
          )}
        </div>
      ) : null}
      {paneOpen ? (
        <aside className="side" aria-label="Case">
          <CasePane
            key={current}
            caseKey={current}
            place={at >= 0 ? { at: at + 1, of: page?.total ?? rows.length } : undefined}
            onStep={step}
            onDone={done}
            onClose={() => change({ case: "", tab: "" })}
          />
        </aside>
      ) : null}
    </div>
  );
}

function Nothing({ filtered, queue }: { filtered: boolean; queue: string }) {
  if (filtered) return <Empty title="No case fits these filters">Take one away, or look in all live cases.</Empty>;
  return (
    <Empty title={queue ? "This queue is empty" : "No live cases"}>
      {queue ? "Choose another queue on the left." : "Cases appear as soon as a payer pays too little or denies."}
    </Empty>
  );
}

function QueueChoice({
  queues,
  queue,
  onChange,
}: {
  queues: readonly Queue[];
  queue: string;
  onChange: (queue: string) => void;
}) {
  const choices = [
    { id: "all", label: "All live cases" },
    ...queues.map((one) => ({ id: one.queue, label: `${one.label} (${one.count})` })),
  ];
  return (
    <div className="queue-choice">
      <Select label="Queue" value={queue || "all"} onChange={onChange} choices={choices} />
    </div>
  );
}
