/** The decision card: the offer beside the fair range and what the next step is worth; accept, counter, refuse. */
import { useState } from "react";
import type { DeskView, HeldAct, Offer, Waiting } from "../api/types.ts";
import {
  aboutLines,
  atMost,
  cents,
  daysTo,
  ended,
  fullDay,
  left,
  percent,
  sentence,
  title,
  usd,
  words,
} from "../format.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useMay } from "../shell/me.ts";
import { Button, Note, Select } from "../ui/parts.tsx";
import { Confirm, type Meant } from "./confirm.tsx";
import { useCase } from "./context.ts";
import { Held } from "./held.tsx";
import { IdrCurve, Standing } from "./picture.tsx";

const mine =
  (caseId: string) =>
  (one: { case_id: string }): boolean =>
    !caseId || !one.case_id || one.case_id === caseId;

export function Decision({ desk }: { desk: DeskView }) {
  const { caseId } = useCase();
  const held = [desk.act, ...desk.also_held].filter((one): one is HeldAct => !!one).filter(mine(caseId));
  const busy = held.some((one) => one.status === "waiting");
  const waiting = [desk.waiting, ...desk.also_waiting].filter((one): one is Waiting => !!one).find(mine(caseId));
  const offers = desk.offers.filter((one) => one.side === "payer").filter(mine(caseId));
  const idr = desk.idr.find(mine(caseId));
  if (!held.length && !waiting && !offers.length && !idr) return null;
  return (
    <section className="card decision" aria-label="Decision">
      {held.map((one) => (
        <Held key={`${one.case_id}-${one.number}`} act={one} />
      ))}
      {busy ? null : <Open offers={offers} waiting={waiting} />}
      {idr ? (
        <details className="fold">
          <summary>
            Federal IDR: our offer {usd(idr.offer)}, chance {percent(idr.chance)} ({percent(idr.low)} to{" "}
            {percent(idr.high)})
          </summary>
          <IdrCurve idr={idr} />
        </details>
      ) : null}
    </section>
  );
}

function Open({ offers, waiting }: { offers: readonly Offer[]; waiting: Waiting | undefined }) {
  const { row, claim } = useCase();
  const acts = useMay("claims:act");
  const approves = useMay("claims:approve");
  const [chosen, setChosen] = useState("");
  const [meant, setMeant] = useState<Meant | null>(null);
  const offer = offers.find((one) => one.offer_id === chosen) ?? offers[0];
  const target = row?.target ?? claim.assessment?.target ?? null;
  const can = (act: Meant["act"]): boolean => {
    if (!acts || meant) return false;
    if (act === "approve" || act === "refuse") return !!waiting;
    return !!offer && !(act === "counter" && offer.doubt);
  };
  const ask = (act: Meant["act"]): void => {
    const proposed = act === "approve" || act === "refuse";
    if (can(act)) setMeant({ act, offer, waiting: proposed ? waiting : undefined, target });
  };
  const accept = waiting ? "approve" : "accept";
  const refuse = waiting ? "refuse" : "decline";
  useShortcuts([
    { key: "a", what: "Accept the offer, or approve the proposal", run: () => ask(accept) },
    { key: "c", what: "Counter the offer", run: () => ask("counter") },
    { key: "r", what: "Refuse", run: () => ask(refuse) },
  ]);
  if (!offer && !waiting) return null;
  const amount = waiting?.amount ?? offer?.amount ?? "";
  const until = waiting?.until ?? offer?.expires_on;
  return (
    <>
      <div className="row wrap">
        <h3>
          {waiting ? `Proposal: ${words(waiting.action)} at ${usd(waiting.amount)}` : `The payer offers ${usd(amount)}`}
        </h3>
        {until ? (
          <span className={daysTo(until) <= 3 ? "bad" : "soft"}>
            {waiting ? "decide by" : "open until"} {fullDay(until)} ({left(daysTo(until))})
          </span>
        ) : null}
      </div>
      {offers.length > 1 ? (
        <Select
          label="Which offer"
          value={offer?.offer_id ?? ""}
          onChange={setChosen}
          choices={offers.map((one) => ({
            id: one.offer_id,
            label: `${usd(one.amount)} for ${aboutLines(one.lines)}, made ${fullDay(one.made_on)}`,
          }))}
        />
      ) : null}
      {offer ? (
        <p className="soft">
          For {aboutLines(offer.lines)}, made {fullDay(offer.made_on)}
          {offer.final ? ", said to be final" : ""}.
        </p>
      ) : null}
      {offer?.doubt ? <Note tone="bad">This cannot be as it is said: {ended(offer.doubt)}</Note> : null}
      <Numbers amount={offer?.amount ?? amount} waiting={waiting} target={target} />
      <Standing amount={offer?.amount ?? amount} />
      {waiting?.reasons.length ? (
        <details className="fold">
          <summary>Why the engine proposes this</summary>
          <ul className="bullets">
            {waiting.reasons.map((reason) => (
              <li key={reason}>{sentence(reason)}</li>
            ))}
          </ul>
        </details>
      ) : null}
      {acts ? (
        <div className="row wrap no-print">
          <Button look="primary" shortcut="A" onPress={() => ask(accept)} isDisabled={!can(accept)}>
            {waiting ? `Approve ${usd(waiting.amount)}…` : `Accept ${usd(amount)}…`}
          </Button>
          {offer && !offer.doubt ? (
            <Button shortcut="C" onPress={() => ask("counter")}>
              Counter…
            </Button>
          ) : null}
          <Button shortcut="R" onPress={() => ask(refuse)}>
            {waiting ? "Refuse the proposal…" : "Refuse…"}
          </Button>
          <OfTheOffer offer={offer} waiting={waiting} ask={ask} />
          <Authority waiting={waiting} approves={approves} />
        </div>
      ) : null}
      {meant ? <Confirm meant={meant} onClose={() => setMeant(null)} /> : null}
    </>
  );
}

/** Beside a proposal of the engine: what can be done with the payer's offer itself. */
function OfTheOffer({
  offer,
  waiting,
  ask,
}: {
  offer: Offer | undefined;
  waiting: Waiting | undefined;
  ask: (act: Meant["act"]) => void;
}) {
  if (!offer || !waiting) return null;
  return (
    <>
      {waiting.action === "accept" ? null : (
        <Button look="quiet" onPress={() => ask("accept")}>
          Accept the offer of {usd(offer.amount)}…
        </Button>
      )}
      <Button look="quiet" onPress={() => ask("decline")}>
        Refuse the offer…
      </Button>
    </>
  );
}

function Authority({ waiting, approves }: { waiting: Waiting | undefined; approves: boolean }) {
  if (!waiting) return null;
  if (waiting.role === "manager" && !approves)
    return <span className="warn">A manager decides this: yours is not enough authority.</span>;
  return (
    <span className="soft">
      {title(waiting.role)} decides{waiting.role === "manager" ? ": you may" : ""}.
    </span>
  );
}

function Numbers({ amount, waiting, target }: { amount: string; waiting: Waiting | undefined; target: string | null }) {
  const { row, claim } = useCase();
  const whole = cents(target);
  const share = whole && whole > 0n ? Number(((cents(amount) ?? 0n) * 1000n) / whole) / 1000 : null;
  const range = claim.assessment;
  const worth = waiting?.expected_value ?? row?.expected ?? null;
  return (
    <div className="tiles">
      <div className="tile">
        <span className="label">Payer’s offer</span>
        <span className="value">{usd(amount)}</span>
        <span className="soft">{share === null ? "target not known" : `${percent(share)} of target`}</span>
      </div>
      <div className="tile">
        <span className="label">Fair value</span>
        <span className="value">{usd(target)}</span>
        <span className="soft fig">
          {range?.floor && range.stretch ? `${usd(range.floor)} to ${usd(range.stretch)}` : "no range"}
        </span>
      </div>
      <div className="tile">
        <span className="label">Next step is worth</span>
        <span className="value">{usd(worth)}</span>
        <span className="soft fig">
          {row?.chance
            ? `${percent(row.chance.mean)} chance (${percent(row.chance.low)}–${percent(row.chance.high)})`
            : "expected, net of cost"}
        </span>
      </div>
    </div>
  );
}

/** Why `amount` is no counter to the offer; empty where it is one. */
export function noCounter(amount: string | null, offer: Pick<Offer, "amount">): string {
  if (amount === null) return "Say an amount such as 1,315.80.";
  return atMost(amount, offer.amount)
    ? `A counter must be above the payer’s offer of ${usd(offer.amount)}. Accept that instead.`
    : "";
}
