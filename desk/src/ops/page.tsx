/** Operations: a row a service with its last hour, what is stuck, and what could not be handled. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { get } from "../api/client.ts";
import { count, fullDay, moment, title } from "../format.ts";
import { Spark } from "../ui/charts.tsx";
import { Badge, Failed, Loading, Note, Table, type Tone } from "../ui/parts.tsx";
import { DeadLetters } from "./letters.tsx";
import "./page.css";
import { ago, type Level, type Ops, type ServiceRow, type Services, span } from "./types.ts";

const TONES: Record<Level, Tone> = { good: "good", warning: "warn", bad: "bad" };
const SAID: Record<Level, string> = { good: "Well", warning: "Look", bad: "Not well" };
const EVERY = 2000;

export default function Page() {
  const services = useQuery({
    queryKey: ["ops", "services"],
    queryFn: ({ signal }) => get<Services>("/v1/ops/services", {}, signal),
    refetchInterval: EVERY,
  });
  const ops = useQuery({
    queryKey: ["ops", "state"],
    queryFn: ({ signal }) => get<Ops>("/v1/ops", {}, signal),
    refetchInterval: 5000,
  });
  return (
    <div className="plain">
      <header className="page-head">
        <h1>Operations</h1>
        {services.data ? <p className="soft">As of {moment(services.data.at)}</p> : null}
      </header>
      <div className="stack wide-gap">
        {services.data && !services.data.broker ? (
          <Note tone="bad" alert>
            The broker does not answer. Nothing gets on until it does.
          </Note>
        ) : null}
        {ops.data?.ended_lists.map((list) => (
          <Note key={list.name} tone="warn">
            The code list {list.name} ({list.version}) ended on {fullDay(list.valid_to)}, {count(list.days, "day")} ago.
            Load the newer release.
          </Note>
        ))}
        <section className="card" aria-labelledby="services">
          <h2 id="services">Services</h2>
          {services.isPending ? <Loading label="Reading how the services are" /> : null}
          {services.isError ? <Failed error={services.error} again={() => services.refetch()} /> : null}
          {services.data ? <Rows of={services.data} /> : null}
        </section>
        <section className="card" aria-labelledby="letters">
          <h2 id="letters">Dead letters</h2>
          <DeadLetters />
        </section>
        {ops.data ? <Claims ops={ops.data} /> : null}
        {ops.isError ? <Failed error={ops.error} again={() => ops.refetch()} /> : null}
      </div>
    </div>
  );
}

function Rows({ of }: { of: Services }) {
  const late = of.thresholds.behind_warning_seconds ?? 30;
  return (
    <>
      <Table<ServiceRow>
        caption="Every service, with its last hour"
        rows={of.items}
        keyOf={(row) => row.service}
        columns={[
          {
            id: "service",
            head: "Service",
            cell: (row) => (
              <div className="stack tight service">
                <div className="row">
                  <strong>{title(row.service)}</strong>
                  <Badge tone={TONES[row.level]}>{SAID[row.level]}</Badge>
                </div>
                <span className="soft">
                  {row.version || "version not known"}
                  {row.replicas.length > 1 ? ` × ${row.replicas.length}` : ""}
                </span>
                {row.findings.map((finding) => (
                  <span key={finding.text} className={finding.level === "bad" ? "bad" : "warn"}>
                    {finding.text}
                  </span>
                ))}
              </div>
            ),
          },
          {
            id: "behind",
            head: "Behind",
            num: true,
            cell: (row) => (
              <div className="stack tight">
                <span>{row.behind === null ? "–" : count(row.behind, "event")}</span>
                {row.behind ? <span className="soft">oldest {span(row.behind_seconds)}</span> : null}
              </div>
            ),
          },
          {
            id: "hour",
            head: "Behind, last hour",
            cell: (row) => (
              <Spark
                values={row.history.map((minute) => minute.behind)}
                title={`${row.service}: events behind by the minute, most ${Math.max(0, ...row.history.map((m) => m.behind))}`}
              />
            ),
          },
          {
            id: "rate",
            head: "Events a second",
            num: true,
            cell: (row) => row.rate.toFixed(1),
          },
          {
            id: "flow",
            head: "Handled, last hour",
            cell: (row) => (
              <Spark
                values={row.history.map((minute) => minute.handled)}
                title={`${row.service}: events handled by the minute`}
              />
            ),
          },
          { id: "errors", head: "Errors", num: true, cell: (row) => <Trouble of={row.errors} /> },
          { id: "retries", head: "Retries", num: true, cell: (row) => row.retries },
          { id: "restarts", head: "Restarts", num: true, cell: (row) => <Trouble of={row.restarts} /> },
          {
            id: "commit",
            head: "Last commit",
            cell: (row) => (
              <div className="stack tight">
                <span>{ago(row.last_commit_at, of.at)}</span>
                <span className="soft">answered {ago(row.answered_at, of.at)}</span>
              </div>
            ),
          },
        ]}
      />
      <p className="soft foot">
        Errors, retries and restarts are of the last hour. Not well: no answer for {of.thresholds.silent_seconds} s, or
        a partition that stands for {of.thresholds.stands_seconds} s. To look at: the oldest event waits for {late} s,
        an error or a restart within 5 minutes, dead letters.
      </p>
    </>
  );
}

const Trouble = ({ of }: { of: number }) => <span className={of ? "warn" : undefined}>{of}</span>;

function Claims({ ops }: { ops: Ops }) {
  return (
    <>
      <section className="card" aria-labelledby="stuck">
        <h2 id="stuck">Stuck claims</h2>
        {ops.stuck.length === 0 ? (
          <p className="soft">None. Claims that wait for a person, a payer or a day of law are not stuck.</p>
        ) : (
          <Table
            caption="Claims in a state that a service ends by itself, for longer than that takes"
            rows={ops.stuck}
            keyOf={(row) => row.state}
            columns={[
              { id: "state", head: "State", cell: (row) => title(row.state) },
              { id: "service", head: "Should have gone on", cell: (row) => row.service },
              { id: "claims", head: "Claims", num: true, cell: (row) => row.claims },
              { id: "oldest", head: "Oldest", cell: (row) => moment(row.oldest_at) },
            ]}
          />
        )}
      </section>
      <section className="card" aria-labelledby="illegal">
        <h2 id="illegal">Illegal transitions</h2>
        {ops.illegal.length === 0 ? (
          <p className="soft">None. Every event came in a state that allows it.</p>
        ) : (
          <Table
            caption="The latest events that came in a state that does not allow them"
            rows={ops.illegal}
            keyOf={(row) => `${row.claim_id} ${row.position}`}
            columns={[
              {
                id: "claim",
                head: "Claim",
                cell: (row) => <Link href={`/claim/${row.claim_id}`}>{row.claim_id.slice(0, 8)}</Link>,
              },
              { id: "type", head: "Event", cell: (row) => row.type },
              { id: "state", head: "While", cell: (row) => title(row.state) },
              { id: "at", head: "Recorded", cell: (row) => moment(row.recorded_at) },
            ]}
          />
        )}
      </section>
    </>
  );
}
