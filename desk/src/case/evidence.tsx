/** What carries the case: each line beside its reference rates, with sources, releases and caveats. */
import { useQuery } from "@tanstack/react-query";
import { assessmentQuery } from "../api/queries.ts";
import type { AssessedLine, Reference } from "../api/types.ts";
import { sentence, title, usd, words } from "../format.ts";
import { Badge, Empty, Failed, Loading, Note, Table } from "../ui/parts.tsx";
import { useCase } from "./context.ts";

const SOURCES: Record<string, string> = {
  billed_charge: "Our billed charge (not independent)",
  medicare: "Medicare",
  qpa: "QPA, as the payer disclosed it",
  ucr: "Usual and customary (FAIR Health)",
  tic: "Payer’s published rates (TiC)",
};
const source = (reference: Reference): string => {
  const known = SOURCES[reference.source] ?? title(reference.source);
  return reference.percentile ? `${known}, ${reference.percentile}th percentile` : known;
};
const codeOf = (line: AssessedLine): string => [line.code, ...line.modifiers].join("-");

export function Evidence() {
  const { claimId, claim, desk } = useCase();
  const { data, error, isPending, refetch } = useQuery(assessmentQuery(claimId));
  const weak = desk?.letters.find((letter) => letter.weak_evidence)?.weak_evidence;
  if (isPending) return <Loading label="Reading the evidence" />;
  const lines = data?.lines ?? [];
  const reasons = data?.reasons ?? claim.assessment?.reasons ?? [];
  return (
    <>
      {error && !data ? <Failed error={error} again={() => void refetch()} /> : null}
      {weak || lines.some((line) => line.weak_evidence) ? (
        <Note tone="warn">
          <p>
            <b>Weak evidence.</b> {sentence(weak || "no independent reference rate lies above what the payer allowed")}
          </p>
          <p>
            Add a rate of the payer’s own file or of FAIR Health before the next filing, or argue otherwise: the exhibit
            speaks for the payer.
          </p>
        </Note>
      ) : null}
      {lines.length ? (
        <Table caption="Lines of the claim" columns={COLUMNS} rows={lines} keyOf={(line) => String(line.line)} />
      ) : reasons.length || error ? null : (
        <Empty title="Nothing was judged yet">The lines appear once a payment or denial was received.</Empty>
      )}
      {lines.map((line) => (
        <LineEvidence key={line.line} line={line} />
      ))}
      {reasons.length ? (
        <details className="fold">
          <summary>How the claim was judged</summary>
          <ul className="bullets">
            {reasons.map((reason) => (
              <li key={reason}>{sentence(reason)}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </>
  );
}

const COLUMNS = [
  { id: "line", head: "Line", cell: (line: AssessedLine) => line.line },
  { id: "code", head: "Code", cell: (line: AssessedLine) => <span className="fig strong">{codeOf(line)}</span> },
  { id: "charge", head: "Charge", num: true, cell: (line: AssessedLine) => usd(line.charge) },
  { id: "allowed", head: "Allowed", num: true, cell: (line: AssessedLine) => usd(line.allowed) },
  { id: "paid", head: "Paid", num: true, cell: (line: AssessedLine) => usd(line.paid) },
  { id: "target", head: "Fair", num: true, cell: (line: AssessedLine) => usd(line.target) },
  {
    id: "verdict",
    head: "Verdict",
    cell: (line: AssessedLine) => (
      <Badge tone={line.verdict === "underpaid" ? "warn" : ""}>{words(line.verdict)}</Badge>
    ),
  },
];

const REFERENCES = [
  { id: "source", head: "Reference", cell: (one: Reference) => source(one) },
  { id: "amount", head: "Rate", num: true, cell: (one: Reference) => usd(one.amount) },
  { id: "release", head: "Release", cell: (one: Reference) => <span className="soft">{one.release}</span> },
  {
    id: "caveats",
    head: "Caveats",
    cell: (one: Reference) => (
      <span className="soft">
        {[one.fallback, ...(one.caveats ?? []), one.n ? `of ${one.n} rates` : ""].filter(Boolean).join("; ") || "none"}
      </span>
    ),
  },
];

function LineEvidence({ line }: { line: AssessedLine }) {
  const references = line.benchmarks ?? [];
  if (!references.length && !line.reasons?.length) return null;
  return (
    <section className="stack tight" aria-label={`Line ${line.line}`}>
      <h3>
        Line {line.line}, {codeOf(line)}
        {line.floor && line.stretch ? (
          <span className="soft fig regular">
            {" "}
            · fair range {usd(line.floor)} to {usd(line.stretch)}
          </span>
        ) : null}
      </h3>
      {references.length ? (
        <Table
          caption={`Reference rates of line ${line.line}`}
          columns={REFERENCES}
          rows={references}
          keyOf={(one) => `${one.source}-${one.row}-${one.amount}`}
        />
      ) : null}
      {line.reasons?.length ? (
        <ul className="bullets soft">
          {line.reasons.map((reason) => (
            <li key={reason}>{sentence(reason)}</li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
