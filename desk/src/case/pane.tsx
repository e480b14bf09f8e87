/** One case: what is to be decided first, then everything that bears on it. */
import "./case.css";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Copy, Maximize2, X } from "lucide-react";
import { type ReactNode, useCallback, useMemo } from "react";
import { Link } from "wouter";
import { claimQuery, deskQuery, rowsQuery } from "../api/queries.ts";
import type { Claim, Row } from "../api/types.ts";
import { day, name, title, words } from "../format.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useMay } from "../shell/me.ts";
import { useView } from "../shell/view.ts";
import { Badge, Button, Failed, Loading, Note, type TabOf, Tabs } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { Activity, SeenBy } from "./activity.tsx";
import { type CaseContext, Context } from "./context.ts";
import { Decision } from "./decision.tsx";
import { Evidence } from "./evidence.tsx";
import { Law } from "./law.tsx";
import { Letters } from "./letters.tsx";
import { Money } from "./money.tsx";
import { More } from "./more.tsx";
import { Move } from "./move.tsx";
import { QuickActs } from "./quick.tsx";

export interface CasePaneProps {
  /** `claim/place`, as rows name it. */
  caseKey: string;
  place?: { at: number; of: number } | undefined;
  onStep?: (by: number) => void;
  onDone?: () => void;
  onClose?: () => void;
}

export function CasePane({ caseKey, place, onStep, onDone, onClose }: CasePaneProps) {
  const [claimId = "", named = ""] = caseKey.split("/");
  const claim = useQuery(claimQuery(claimId));
  const desk = useQuery(deskQuery(claimId));
  const rows = useQuery(rowsQuery(claimId));
  const queries = useQueryClient();
  const [, change] = useView();
  const row = rows.data?.find((one) => one.key === caseKey) ?? (named ? undefined : rows.data?.[0]);
  const caseId = row?.case_id ?? "";
  const refresh = useCallback(
    () => void queries.invalidateQueries({ queryKey: ["claim", claimId] }),
    [queries, claimId],
  );
  const show = useCallback((tab: string) => change({ tab }, { replace: true }), [change]);
  const context = useMemo<CaseContext | null>(
    () =>
      claim.data
        ? { claimId, caseId, claim: claim.data, desk: desk.data, row, show, refresh, done: onDone ?? (() => undefined) }
        : null,
    [claim.data, desk.data, row, claimId, caseId, show, refresh, onDone],
  );
  if (claim.error && !claim.data)
    return (
      <div className="case">
        {onClose ? <Close onClose={onClose} /> : null}
        <Failed error={claim.error} again={() => void claim.refetch()} />
      </div>
    );
  if (!context)
    return (
      <div className="case">
        <Loading label="Reading the case" lines={10} />
      </div>
    );
  return (
    <Context value={context}>
      <article className="case" aria-label={`Case ${heading(context.claim, row)}`}>
        <Head claim={context.claim} row={row} place={place} onStep={onStep} onClose={onClose} claimId={claimId} />
        {desk.data?.unavailable.length ? (
          <Note tone="warn">
            This is not all: {desk.data.unavailable.map(words).join(" and ")} cannot be asked now. It is tried again by
            itself.
          </Note>
        ) : null}
        {desk.error && !desk.data ? <Failed error={desk.error} again={() => void desk.refetch()} /> : null}
        {desk.isPending ? <Loading label="Reading what can be done" lines={4} /> : null}
        {desk.data ? <Decision desk={desk.data} /> : null}
        <Move />
        <QuickActs />
        <Parts />
      </article>
    </Context>
  );
}

function heading(claim: Claim, row: Row | undefined): string {
  const codes = row?.codes.slice(0, 3).join(", ");
  return `${name(claim.payer.name || claim.payer.id)}${codes ? ` · ${codes}` : ""}`;
}

const Close = ({ onClose }: { onClose: () => void }) => (
  <Button look="quiet" size="icon" aria-label="Close the case" onPress={onClose}>
    <X aria-hidden="true" />
  </Button>
);

function Head({
  claim,
  row,
  place,
  onStep,
  onClose,
  claimId,
}: {
  claim: Claim;
  row: Row | undefined;
  place: CasePaneProps["place"];
  onStep: CasePaneProps["onStep"];
  onClose: CasePaneProps["onClose"];
  claimId: string;
}) {
  return (
    <header className="case-head">
      <div className="row">
        <h2>{heading(claim, row)}</h2>
        <span className="push row tight no-print">
          {place ? (
            <span className="soft fig small-text">
              {place.at} of {place.of.toLocaleString("en-US")}
            </span>
          ) : null}
          {onStep ? (
            <>
              <Button look="quiet" size="icon" aria-label="Previous case" onPress={() => onStep(-1)}>
                <ChevronUp aria-hidden="true" />
              </Button>
              <Button look="quiet" size="icon" aria-label="Next case" onPress={() => onStep(1)}>
                <ChevronDown aria-hidden="true" />
              </Button>
            </>
          ) : null}
          {onClose ? (
            <>
              <Link className="btn quiet icon" href={`/claim/${claimId}`} aria-label="Open on a page of its own">
                <Maximize2 aria-hidden="true" />
              </Link>
              <Close onClose={onClose} />
            </>
          ) : null}
        </span>
      </div>
      <div className="row wrap">
        <Badge tone={claim.final ? "" : "accent"}>{title(claim.state)}</Badge>
        {row?.forum || claim.forum ? (
          <span className="soft">
            {title(row?.forum || claim.forum)}
            {row && row.level > 1 ? `, level ${row.level}` : ""}
          </span>
        ) : null}
        <span className="soft">
          Service {day(claim.service.from)}
          {claim.service.state ? `, ${claim.service.state}` : ""}
          {claim.specialty ? ` · ${words(claim.specialty)}` : ""}
        </span>
      </div>
      <div className="ids">
        <Copied label="Account" value={claim.patient_control_number} hidden={claim.masked} />
        <Copied label="Payer’s no." value={claim.payer_claim_number} hidden={claim.masked} />
        <Copied label="Claim" value={claim.claim_id} short />
      </div>
    </header>
  );
}

function Copied({
  label,
  value,
  hidden = false,
  short = false,
}: {
  label: string;
  value: string | null;
  hidden?: boolean;
  short?: boolean;
}) {
  if (!value) return hidden ? <span className="soft">{label} hidden from your role</span> : null;
  return (
    <Button
      look="quiet"
      size="small"
      aria-label={`Copy ${label} ${value}`}
      onPress={() => void navigator.clipboard?.writeText(value).then(() => say(`${label} copied.`, { seconds: 2 }))}
    >
      {label} <span className="mono">{short ? value.slice(0, 8) : value}</span>
      <Copy aria-hidden="true" />
    </Button>
  );
}

function Parts() {
  const [view, change] = useView();
  const acts = useMay("claims:act");
  const tabs: TabOf[] = [
    { id: "evidence", label: "Evidence", body: () => <Evidence /> },
    { id: "law", label: "Law & deadlines", body: () => <Law /> },
    { id: "letters", label: "Letters", body: () => <Letters /> },
    { id: "money", label: "Money", body: () => <Money /> },
    { id: "activity", label: "Activity", body: () => <Activity /> },
    { id: "seen", label: "Who saw it", body: () => <SeenBy /> },
  ];
  if (acts) tabs.push({ id: "acts", label: "All acts", body: () => <More /> });
  useShortcuts([{ key: "l", what: "Letters of the case", run: () => change({ tab: "letters" }, { replace: true }) }]);
  return (
    <Tabs
      label="Parts of the case"
      tabs={tabs}
      chosen={view.tab ?? "evidence"}
      onChange={(tab) => change({ tab }, { replace: true })}
    />
  );
}

export const Section = ({ title: head, children }: { title: string; children: ReactNode }) => (
  <section className="stack tight" aria-label={head}>
    <h3>{head}</h3>
    {children}
  </section>
);
