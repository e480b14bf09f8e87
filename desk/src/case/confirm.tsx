/** The step between a decision about money and its being taken: act and amount are said again, with the reason. */
import { type FormEvent, useState } from "react";
import { post } from "../api/client.ts";
import type { HeldAct, Offer, Waiting } from "../api/types.ts";
import { aboutLines, ended, percent, typedAmount, usd, words } from "../format.ts";
import { useMe } from "../shell/me.ts";
import { Button, Dialog, Field, Note } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { ofDispute, pathOf, useCase } from "./context.ts";
import { noCounter } from "./decision.tsx";

export interface Meant {
  act: "accept" | "counter" | "decline" | "approve" | "refuse";
  offer: Offer | undefined;
  waiting: Waiting | undefined;
  target: string | null;
}

const NAMES = { accept: "Accept", counter: "Counter", decline: "Refuse", approve: "Approve", refuse: "Refuse" };
const DONE = {
  accept: "Accepted",
  counter: "Countered with",
  decline: "Refused",
  approve: "Approved",
  refuse: "Refused",
};

/** What is sent, where to. */
export function request(meant: Meant, reason: string, amount: string): { path: string; body: Record<string, unknown> } {
  const { act, offer, waiting } = meant;
  if (waiting && (act === "approve" || act === "refuse")) {
    const body = { approve: act === "approve", reason, ...ofDispute(waiting.case_id) };
    return { path: `decisions/${waiting.decision}`, body };
  }
  if (!offer) throw new Error("nothing to answer");
  const body = { offer_id: offer.offer_id, version: offer.version, reason, ...ofDispute(offer.case_id) };
  return { path: `offers/${act}`, body: act === "counter" ? { ...body, amount } : body };
}

/** The act in one sentence, with its amount. */
export function said(meant: Meant, amount: string): string {
  const { act, offer, waiting } = meant;
  const about = aboutLines((waiting ?? offer)?.lines);
  const theirs = offer ? `the payer’s offer of ${usd(offer.amount)} for ${about}` : "";
  const proposal = waiting ? `${words(waiting.action)} at ${usd(waiting.amount)} for ${about}` : "";
  return {
    accept: `You accept ${theirs}. That ends the dispute about ${about}.`,
    counter: `You counter with ${usd(amount)} for ${about}. ${theirs.charAt(0).toUpperCase()}${theirs.slice(1)} ends with it.`,
    decline: `You refuse ${theirs}. The talks go on.`,
    approve: `You approve: ${proposal}.`,
    refuse: `You refuse the proposal to ${proposal}.`,
  }[act];
}

function yes(meant: Meant, amount: string): string {
  const of = {
    accept: meant.offer?.amount,
    decline: meant.offer?.amount,
    counter: amount,
    approve: meant.waiting?.amount,
    refuse: meant.waiting?.amount,
  };
  const verb = {
    accept: "accept",
    counter: "counter with",
    decline: "refuse",
    approve: `${words(meant.waiting?.action ?? "")} at`,
    refuse: "refuse",
  };
  return `Yes, ${verb[meant.act]} ${usd(of[meant.act])}`;
}

/** A reason to begin with; it is kept with the decision. */
export function firstReason(meant: Meant): string {
  const share = meant.target && meant.offer ? Number(meant.offer.amount) / Number(meant.target) : null;
  const at = share === null || !Number.isFinite(share) ? "" : `, ${percent(share)} of the fair value`;
  switch (meant.act) {
    case "accept":
      return `The offer of ${usd(meant.offer?.amount)}${at} is taken`;
    case "counter":
      return `The offer of ${usd(meant.offer?.amount)}${at} is too low`;
    case "decline":
      return `The offer of ${usd(meant.offer?.amount)}${at} is refused`;
    case "approve":
      return "As the engine proposes";
    case "refuse":
      return "Not as the engine proposes";
  }
}

export function Confirm({ meant, onClose }: { meant: Meant; onClose: () => void }) {
  const { claimId, claim, refresh, done } = useCase();
  const me = useMe();
  const first = meant.target && meant.offer && !noCounter(meant.target, meant.offer) ? usd(meant.target).slice(1) : "";
  const [typed, setTyped] = useState(first);
  const [reason, setReason] = useState(firstReason(meant));
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(meant.act !== "counter");
  const amount = typedAmount(typed);

  const review = (event: FormEvent): void => {
    event.preventDefault();
    const why = meant.offer ? noCounter(amount, meant.offer) : "";
    setError(why);
    if (!why) setSure(true);
  };
  const act = async (): Promise<void> => {
    if (reason.trim().length < 3) return setError("Say the reason in a few words: it is kept with the decision.");
    setBusy(true);
    const { path, body } = request(meant, reason.trim(), amount ?? "");
    try {
      const answer = await post<{ act: HeldAct | null }>(`${pathOf(claimId)}/${path}`, body);
      onClose();
      told(answer.act);
      done();
      refresh();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : "It could not be done.");
      setBusy(false);
    }
  };
  const told = (held: HeldAct | null): void => {
    const of = meant.act === "counter" ? amount : (meant.waiting ?? meant.offer)?.amount;
    const what = `${DONE[meant.act]} ${usd(of)}: ${claim.patient_control_number ?? claimId.slice(0, 8)}.`;
    if (!held?.seconds_left) return void say(what);
    const undo = (): void => {
      const named = held.case_id ? `?case_id=${encodeURIComponent(held.case_id)}` : "";
      post(`${pathOf(claimId)}/acts/${held.number}/undo${named}`)
        .then(() => say("Undone. Nothing was sent."))
        .catch((problem: Error) => say(problem.message, { tone: "bad" }))
        .finally(refresh);
    };
    say(what, { seconds: held.seconds_left, undo });
  };

  if (!sure)
    return (
      <Dialog key="amount" title="Counter the offer" onClose={onClose}>
        <form className="stack" onSubmit={review}>
          <p className="soft">
            The payer offers {usd(meant.offer?.amount)} for {aboutLines(meant.offer?.lines)}
            {meant.target ? `; the fair value is ${usd(meant.target)}` : ""}.
          </p>
          <Field
            label="Counter with, in dollars"
            value={typed}
            onChange={setTyped}
            autoFocus
            inputMode="decimal"
            error={error || undefined}
          />
          <div className="acts">
            <Button onPress={onClose}>Cancel</Button>
            <Button type="submit" look="primary">
              Review the counter…
            </Button>
          </div>
        </form>
      </Dialog>
    );
  return (
    <Dialog key="sure" title={NAMES[meant.act]} role="alertdialog" onClose={onClose}>
      <p className="say">{said(meant, amount ?? "")}</p>
      {meant.act === "accept" && meant.offer?.doubt ? <Note tone="bad">But {ended(meant.offer.doubt)}</Note> : null}
      <Field
        label="Reason, kept with the decision; no patient data"
        value={reason}
        onChange={setReason}
        maxLength={400}
      />
      {error ? (
        <Note tone="bad" alert>
          {error}
        </Note>
      ) : null}
      <p className="soft">
        {me.undo_seconds
          ? `It is carried out after ${me.undo_seconds} seconds, and can be undone until then.`
          : "It can be undone for some seconds."}
      </p>
      <div className="acts">
        <Button onPress={onClose}>Not yet</Button>
        <Button
          look={meant.act === "decline" || meant.act === "refuse" ? "danger" : "primary"}
          autoFocus
          isDisabled={busy}
          onPress={() => void act()}
        >
          {yes(meant, amount ?? "")}
        </Button>
      </div>
    </Dialog>
  );
}
