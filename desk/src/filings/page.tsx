/** Filings: the federal IDR as a board by window, each filing with its fees; confirming it; and results in bulk. */
import "./filings.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { get, post } from "../api/client.ts";
import { count, day, daysTo, fullDay, left, sentence, title, today, usd } from "../format.ts";
import { ForOrganization } from "../shell/organization.tsx";
import { useView } from "../shell/view.ts";
import { Badge, Button, Dialog, Empty, Failed, Field, Loading, Note } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { columnFile, leftOut, type Plan, type PlannedFiling, windowsOf } from "./plan.ts";
import { Results } from "./results.tsx";

export default function Filings() {
  const [view, change] = useView();
  const [filing, setFiling] = useState<PlannedFiling | null>(null);
  const [telling, setTelling] = useState(false);
  const on = view.on ?? "";
  return (
    <div className="plain">
      <header className="page-head">
        <h1>Filings</h1>
        <span className="soft">Federal IDR, the cheapest lawful way of filing</span>
        <div className="acts">
          <Field label="As of" type="date" value={on} onChange={(value) => change({ on: value }, { replace: true })} />
          <Button onPress={() => setTelling(true)}>Enter results in bulk…</Button>
        </div>
      </header>
      <ForOrganization>
        {(organization) => (
          <>
            <ByHand keys={view.keys ?? ""} onFile={setFiling} />
            <Planning organization={organization} on={on} payer={view.payer_id ?? ""} onFile={setFiling} />
          </>
        )}
      </ForOrganization>
      {filing ? <FileIt filing={filing} onClose={() => setFiling(null)} /> : null}
      {telling ? <Results onClose={() => setTelling(false)} /> : null}
    </div>
  );
}

function Planning({
  organization,
  on,
  payer,
  onFile,
}: {
  organization: string;
  on: string;
  payer: string;
  onFile: (filing: PlannedFiling) => void;
}) {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["filings", organization, on, payer],
    queryFn: ({ signal }) => get<Plan>("/v1/idr/plan", { on, payer_id: payer }, signal),
  });
  if (isPending) return <Loading label="Planning the filings" />;
  if (!data) return <Failed error={error} again={() => void refetch()} />;
  return <Board plan={data} onFile={onFile} />;
}

/** The cases that were selected in Work, as one filing. */
function ByHand({ keys, onFile }: { keys: string; onFile: (filing: PlannedFiling) => void }) {
  if (!keys) return null;
  const chosen = keys.split(",").map((key) => key.split("/"));
  const filing: PlannedFiling = {
    kind: chosen.length > 1 ? "batched" : "single",
    claim_ids: chosen.map(([claim = ""]) => claim),
    lines: 0,
    basis: "as selected in Work",
    administrative_fee: "",
    entity_fee: "",
    opens: "",
    closes: "",
    rule: "",
  };
  return (
    <Note>
      <p>
        {count(chosen.length, "case")} selected in Work. The rules of batching are checked when it is confirmed: all are
        taken, or none.
      </p>
      <p>
        <Button size="small" look="primary" onPress={() => onFile(filing)}>
          Confirm as one filing…
        </Button>
      </p>
    </Note>
  );
}

function Board({ plan, onFile }: { plan: Plan; onFile: (filing: PlannedFiling) => void }) {
  const windows = windowsOf(plan.filings);
  const out = leftOut(plan);
  return (
    <>
      <div className="tiles">
        <Sum label="Filings" value={plan.filings.length.toLocaleString("en-US")} />
        <Sum label="Fees" value={usd(plan.fees)} />
        <Sum label="Fees one by one" value={usd(plan.fees_single)} />
        <Sum label="Saved by batching" value={usd(plan.saving)} />
      </div>
      {windows.length ? null : (
        <Empty title="No window is open on that day">What waits for its window is below, with the reason.</Empty>
      )}
      <div className="windows">
        {windows.map((window) => (
          <section
            key={`${window.closes}-${window.opens}`}
            className="window"
            aria-label={`Window until ${fullDay(window.closes)}`}
          >
            <h2>
              Until {fullDay(window.closes)}{" "}
              <Badge tone={daysTo(window.closes) <= 2 ? "bad" : "warn"}>{left(daysTo(window.closes))}</Badge>
            </h2>
            <p className="soft">Opens {day(window.opens)}; four business days.</p>
            {window.filings.map((filing) => (
              <Planned key={filing.claim_ids.join()} filing={filing} onFile={onFile} />
            ))}
          </section>
        ))}
      </div>
      {out.length ? (
        <section className="stack tight" aria-label="Left out">
          <h2>Not in a filing</h2>
          {out.map(({ reason, claims }) => (
            <details key={reason} className="fold">
              <summary>
                {count(claims.length, "case")}: {reason}
              </summary>
              <p className="row wrap">
                {claims.map((claim) => (
                  <Link key={claim} className="mono" href={`/claim/${claim}`}>
                    {claim.slice(0, 8)}
                  </Link>
                ))}
              </p>
            </details>
          ))}
        </section>
      ) : null}
    </>
  );
}

const Sum = ({ label, value }: { label: string; value: string }) => (
  <div className="tile">
    <span className="label">{label}</span>
    <span className="value">{value}</span>
  </div>
);

function save(filing: PlannedFiling): void {
  const address = URL.createObjectURL(new Blob([columnFile(filing)], { type: "text/csv" }));
  Object.assign(document.createElement("a"), {
    href: address,
    download: `idr-${filing.kind}-${filing.claim_ids.length}.csv`,
  }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function Planned({ filing, onFile }: { filing: PlannedFiling; onFile: (filing: PlannedFiling) => void }) {
  return (
    <article className="card stack tight">
      <h3>
        {title(filing.kind)}: {count(filing.claim_ids.length, "claim")}, {count(filing.lines, "line")}
        {filing.lines > 45 ? <span className="warn"> of at most 50</span> : null}
      </h3>
      <p className="soft">{sentence(filing.basis)}</p>
      <p className="fig">
        {usd(filing.administrative_fee)} + {usd(filing.entity_fee)} <span className="soft">fees, {filing.rule}</span>
      </p>
      <details className="fold">
        <summary>Claims</summary>
        <p className="row wrap">
          {filing.claim_ids.map((claim) => (
            <Link key={claim} className="mono" href={`/claim/${claim}`}>
              {claim.slice(0, 8)}
            </Link>
          ))}
        </p>
      </details>
      <div className="row wrap no-print">
        <Button size="small" look="primary" onPress={() => onFile(filing)}>
          It was filed…
        </Button>
        <Button size="small" onPress={() => save(filing)}>
          <Download aria-hidden="true" /> Columns
        </Button>
      </div>
    </article>
  );
}

function FileIt({ filing, onClose }: { filing: PlannedFiling; onClose: () => void }) {
  const queries = useQueryClient();
  const [reference, setReference] = useState("");
  const [filedOn, setFiledOn] = useState(today());
  const [cooling, setCooling] = useState("");
  const [sure, setSure] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!sure) {
      if (reference.trim() && filedOn) setSure(true);
      return;
    }
    try {
      await post("/v1/idr/filings", {
        claim_ids: filing.claim_ids,
        ...(filing.case_ids?.length ? { case_ids: filing.case_ids } : {}),
        filed_on: filedOn,
        reference: reference.trim(),
        ...(cooling.trim() ? { cooling_off_reason: cooling.trim() } : {}),
      });
      say(`Filed under ${reference.trim()}.`);
      await queries.invalidateQueries({ queryKey: ["filings"] });
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "It could not be confirmed.");
      setSure(false);
    }
  };
  return (
    <Dialog title="It was filed" onClose={onClose}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {sure ? (
          <p className="say">
            You say that {count(filing.claim_ids.length, "claim")} were initiated as one dispute in the federal portal
            on {fullDay(filedOn)} under {reference.trim()}.
          </p>
        ) : (
          <>
            <p className="soft">
              Nothing is sent from here: file it in the federal portal, then say under which number.
            </p>
            <div className="grid-form">
              <Field
                label="Dispute number"
                value={reference}
                onChange={setReference}
                autoFocus
                required
                hint="For example DISP-1001"
              />
              <Field label="Filed on" type="date" value={filedOn} onChange={setFiledOn} required />
            </div>
            <Field
              label="Inside a cooling-off period: why it could be filed (if so)"
              value={cooling}
              onChange={setCooling}
              maxLength={500}
            />
          </>
        )}
        {problem ? (
          <Note tone="bad" alert>
            {problem}
          </Note>
        ) : null}
        <div className="acts">
          <Button onPress={sure ? () => setSure(false) : onClose}>{sure ? "Not yet" : "Cancel"}</Button>
          <Button type="submit" look="primary" autoFocus={sure} isDisabled={!reference.trim() || !filedOn}>
            {sure ? `Yes, filed under ${reference.trim()}` : "Review…"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
