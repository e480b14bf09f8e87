/** The case list: a native table of which only the rows in sight are drawn; two lines a case where the screen is narrow. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { useNames } from "../api/queries.ts";
import type { Row } from "../api/types.ts";
import { day, left, name, percent, usd } from "../format.ts";
import { Badge, Button, Checkbox, type Tone } from "../ui/parts.tsx";

const HEIGHT = 33;
const TALL = 68;

interface ColumnOf {
  id: string;
  head: string;
  num?: boolean;
  /** What sorts by this column, as the API calls it. */
  sort?: string;
  hide?: string;
  cell: (row: Row) => ReactNode;
}

/** How pressing a last day is. */
export const pressing = (row: Pick<Row, "days_left">): Tone =>
  row.days_left === null ? "" : row.days_left < 3 ? "bad" : row.days_left <= 10 ? "warn" : "";

const TONES: Record<string, Tone> = {
  decide: "accent",
  needs: "warn",
  file: "accent",
  idr: "warn",
  unpaid: "bad",
  payments: "warn",
  unjudged: "warn",
};

export function Due({ row }: { row: Row }) {
  if (!row.due) return <span className="soft">no day</span>;
  return (
    <span className="fig" title={row.why}>
      <b className={pressing(row)}>{left(row.days_left)}</b> <span className="soft">{day(row.due)}</span>
    </span>
  );
}

const codesOf = (row: Row): string =>
  row.codes.length > 1 ? `${row.codes[0]} +${row.codes.length - 1}` : (row.codes[0] ?? "");

const COLUMNS: readonly ColumnOf[] = [
  { id: "due", head: "Due", sort: "due", cell: (row) => <Due row={row} /> },
  { id: "move", head: "Your move", cell: (row) => <Move row={row} /> },
  { id: "payer", head: "Payer", cell: (row) => name(row.payer.name || row.payer.id) },
  { id: "codes", head: "Code", cell: (row) => <span className="fig">{codesOf(row)}</span>, hide: "narrow" },
  {
    id: "service",
    head: "Service",
    sort: "service_from",
    cell: (row) => <span className="fig">{day(row.service_from)}</span>,
    hide: "narrow",
  },
  { id: "stake", head: "At stake", num: true, sort: "-at_stake", cell: (row) => <b>{usd(row.at_stake)}</b> },
  { id: "allowed", head: "Allowed", num: true, cell: (row) => usd(row.allowed), hide: "narrow" },
  { id: "offer", head: "Offer", num: true, cell: (row) => (row.offer ? usd(row.offer) : ""), hide: "narrow" },
  {
    id: "share",
    head: "of target",
    num: true,
    sort: "-offer_share",
    cell: (row) => (row.offer_share ? percent(row.offer_share) : ""),
    hide: "narrow",
  },
  {
    id: "chance",
    head: "Chance",
    num: true,
    cell: (row) => (row.chance ? percent(row.chance.mean) : ""),
    hide: "wide",
  },
  { id: "expected", head: "Expected", num: true, sort: "-expected", cell: (row) => usd(row.expected), hide: "wide" },
  { id: "owner", head: "Owner", cell: (row) => <Owner id={row.owner} />, hide: "wide" },
];

function Move({ row }: { row: Row }) {
  return (
    <Badge tone={TONES[row.queue] ?? ""}>
      {row.move || "Wait"}
      {row.role === "manager" ? " · manager" : ""}
    </Badge>
  );
}

function Owner({ id }: { id: string }) {
  const nameOf = useNames();
  return id ? nameOf(id) : <span className="soft">nobody</span>;
}

export interface CaseTableProps {
  rows: readonly Row[];
  current: string;
  selected: ReadonlySet<string>;
  sort: string;
  compact: boolean;
  narrow: boolean;
  total: number;
  busy: boolean;
  onOpen: (row: Row) => void;
  onSelect: (key: string, on: boolean) => void;
  onSelectAll: (on: boolean) => void;
  onSort: (sort: string) => void;
  onEnd: () => void;
}

export function CaseTable(props: CaseTableProps) {
  const { rows, current, narrow, onEnd } = props;
  const frame = useRef<HTMLDivElement>(null);
  const height = narrow ? TALL : HEIGHT;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (at) => rows[at]?.key ?? at,
  });
  const at = rows.findIndex((row) => row.key === current);
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows of another height are measured anew
  useEffect(() => virtual.measure(), [virtual, height]);
  // Only a change of the case scrolls to it: a patch of the list leaves the reader where they are.
  const shown = useRef("");
  useEffect(() => {
    if (at >= 0 && shown.current !== current) virtual.scrollToIndex(at, { align: "auto" });
    if (at >= 0) shown.current = current;
  }, [at, current, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length && last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const drawn = items.flatMap((item) => rows[item.index] ?? []);
  return (
    <section className="case-frame" ref={frame} aria-label="Cases" aria-busy={props.busy} tabIndex={-1}>
      {narrow ? (
        <ul className="case-cards" style={{ paddingTop: before, paddingBottom: after }}>
          {drawn.map((row) => (
            <Card key={row.key} row={row} current={row.key === current} onOpen={props.onOpen} />
          ))}
        </ul>
      ) : (
        <Wide {...props} rows={drawn} before={before} after={after} first={items[0]?.index ?? 0} all={rows} />
      )}
    </section>
  );
}

function Wide({
  rows,
  all,
  before,
  after,
  first,
  ...props
}: CaseTableProps & { all: readonly Row[]; before: number; after: number; first: number }) {
  const columns = COLUMNS.filter((column) => !(props.compact && column.hide));
  const every = all.length > 0 && all.every((row) => props.selected.has(row.key));
  return (
    <table className="cases" aria-rowcount={props.total + 1}>
      <caption className="hidden-text">Cases, {props.total} in all</caption>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col" className="pick">
            <Checkbox
              aria-label="Select all that are listed"
              isSelected={every}
              isIndeterminate={props.selected.size > 0 && !every}
              onChange={props.onSelectAll}
            />
          </th>
          {columns.map((column) => (
            <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {before > 0 ? <tr aria-hidden="true" style={{ height: before }} /> : null}
        {rows.map((row, at) => (
          <Line
            key={row.key}
            row={row}
            index={first + at + 2}
            columns={columns}
            current={row.key === props.current}
            selected={props.selected.has(row.key)}
            onOpen={props.onOpen}
            onSelect={props.onSelect}
          />
        ))}
        {after > 0 ? <tr aria-hidden="true" style={{ height: after }} /> : null}
      </tbody>
    </table>
  );
}

function Head({ column, sort, onSort }: { column: ColumnOf; sort: string; onSort: (sort: string) => void }) {
  const by = column.sort;
  const on = !!by && sort === by;
  const down = by?.startsWith("-") ?? false;
  return (
    <th
      scope="col"
      className={column.num ? "num" : undefined}
      aria-sort={on ? (down ? "descending" : "ascending") : undefined}
    >
      {by ? (
        <Button look="link" onPress={() => onSort(by)}>
          {column.head}
          {on ? down ? <ArrowDown aria-hidden="true" /> : <ArrowUp aria-hidden="true" /> : null}
        </Button>
      ) : (
        column.head
      )}
    </th>
  );
}

const Line = memo(function Line({
  row,
  index,
  columns,
  current,
  selected,
  onOpen,
  onSelect,
}: {
  row: Row;
  index: number;
  columns: readonly ColumnOf[];
  current: boolean;
  selected: boolean;
  onOpen: (row: Row) => void;
  onSelect: (key: string, on: boolean) => void;
}) {
  const called = `${name(row.payer.name || row.payer.id)}, ${codesOf(row)}`;
  return (
    <tr
      aria-rowindex={index}
      aria-current={current ? "true" : undefined}
      data-key={row.key}
      onClick={() => onOpen(row)}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: only keeps the click on the box from opening the case */}
      <td className="pick" onClick={(event) => event.stopPropagation()}>
        <Checkbox aria-label={`Select ${called}`} isSelected={selected} onChange={(on) => onSelect(row.key, on)} />
      </td>
      {columns.map((column) => (
        <td key={column.id} className={column.num ? "num" : undefined}>
          {column.id === "payer" ? (
            <button
              type="button"
              className="open"
              aria-label={`Open ${called}`}
              title={name(row.payer.name || row.payer.id)}
            >
              {column.cell(row)}
            </button>
          ) : (
            column.cell(row)
          )}
        </td>
      ))}
    </tr>
  );
});

function Card({ row, current, onOpen }: { row: Row; current: boolean; onOpen: (row: Row) => void }) {
  return (
    <li style={{ height: TALL }} data-key={row.key}>
      <button
        type="button"
        className="case-card"
        aria-current={current ? "true" : undefined}
        onClick={() => onOpen(row)}
      >
        <span className="top-line">
          <span className="who">{name(row.payer.name || row.payer.id)}</span>
          <b className="fig">{usd(row.at_stake)}</b>
        </span>
        <span className="top-line">
          <Move row={row} />
          <Due row={row} />
        </span>
      </button>
    </li>
  );
}
