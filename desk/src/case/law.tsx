/** Which law governs, by which rules that was found, and every last day with its rule and what it was counted from. */
import { useQuery } from "@tanstack/react-query";
import { caseQuery } from "../api/queries.ts";
import type { AppealsCase, AppealsDeadline } from "../api/types.ts";
import { day, ended, fullDay, left, sentence, title, words } from "../format.ts";
import { useMay } from "../shell/me.ts";
import { Badge, Empty, Failed, Loading, Note, Table } from "../ui/parts.tsx";
import { useCase } from "./context.ts";

/** The dispute that is shown, of a case that may have several. */
export function disputeOf(found: AppealsCase, caseId: string): AppealsCase {
  return found.disputes?.find((one) => one.case_id === caseId) ?? found;
}

export function Law() {
  const { claimId, caseId, claim, row } = useCase();
  const acts = useMay("claims:act");
  const { data, error, isLoading, refetch } = useQuery(caseQuery(claimId, acts));
  if (isLoading) return <Loading label="Reading law and deadlines" />;
  if (error && !data) return <Failed error={error} again={() => void refetch()} />;
  if (!data) {
    const known = claim.deadlines;
    return known.length ? (
      <ul className="bullets">
        {known.map((one) => (
          <li key={`${one.kind}-${one.on}`}>
            {title(one.kind)}: {fullDay(one.on)}
          </li>
        ))}
      </ul>
    ) : (
      <Empty title="No last day is known">There is none, or your role does not see it.</Empty>
    );
  }
  const found = disputeOf(data, caseId);
  return (
    <>
      {row?.due && row.why ? (
        <Note tone={row.days_left !== null && row.days_left < 3 ? "bad" : "warn"}>
          {sentence(`${row.move} by ${fullDay(row.due)}: ${row.why}`)}
        </Note>
      ) : null}
      {found.deadlines.length ? (
        <Table caption="Last days" columns={COLUMNS} rows={found.deadlines} keyOf={(one) => `${one.kind}-${one.due}`} />
      ) : (
        <p className="soft">No day runs now.</p>
      )}
      <p className="soft">
        {title(found.step.label)}: {words(found.step.whose_move)} to move
        {found.step.rule ? `, by ${found.step.rule}` : ""}.
      </p>
      {found.governing_law ? <Governing law={found.governing_law} /> : null}
    </>
  );
}

const COLUMNS = [
  {
    id: "kind",
    head: "What",
    cell: (one: AppealsDeadline) => (
      <>
        <span className="strong">{title(one.kind)}</span>
        <br />
        <span className="soft">
          {one.ours ? "ours" : "theirs"}
          {one.assumed ? ", by assumption" : ""}
        </span>
      </>
    ),
  },
  {
    id: "due",
    head: "Last day",
    cell: (one: AppealsDeadline) => (
      <span className="fig">
        {fullDay(one.due)}
        <br />
        <span className={one.overdue_since ? "bad" : one.days_left <= 10 ? "warn" : "soft"}>
          {left(one.days_left)}
          {one.days_left > 0 ? `, ${one.business_days_left} business` : ""}
        </span>
        {one.opens ? (
          <span className="soft">
            <br />
            opens {day(one.opens)}
          </span>
        ) : null}
      </span>
    ),
  },
  {
    id: "rule",
    head: "Rule and why",
    cell: (one: AppealsDeadline) => (
      <>
        {one.rule}
        {one.why ? (
          <>
            <br />
            <span className="soft">{sentence(one.why)}</span>
          </>
        ) : null}
      </>
    ),
  },
];

function Governing({ law }: { law: NonNullable<AppealsCase["governing_law"]> }) {
  return (
    <section className="stack tight" aria-label="Governing law">
      <h3>
        Governing law: {words(law.law)} <Badge>{words(law.plan) || "plan unknown"}</Badge>
      </h3>
      <ul className="bullets">
        {law.fired.map((one) => (
          <li key={`${one.rule}-${one.finding}`}>
            {sentence(one.finding)} <span className="soft">{one.source}</span>
          </li>
        ))}
      </ul>
      {law.missing.length ? (
        <Note tone="warn">Not known, and it would matter: {ended(law.missing.map(words).join(", "))}</Note>
      ) : null}
    </section>
  );
}
