/** What was decided a moment ago: it is carried out when its seconds are over, and can be undone until then. */
import { useEffect, useState } from "react";
import { post } from "../api/client.ts";
import type { HeldAct } from "../api/types.ts";
import { aboutLines, ended, usd, words } from "../format.ts";
import { useMay } from "../shell/me.ts";
import { Button, Note } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { pathOf, useCase } from "./context.ts";

const DOING: Record<string, string> = {
  accept: "accept the payer’s offer of",
  counter: "counter with",
  decline: "refuse the payer’s offer of",
  approve: "approve the proposal at",
  refuse: "refuse the proposal at",
};

export function Held({ act }: { act: HeldAct }) {
  const { claimId, refresh } = useCase();
  const acts = useMay("claims:act");
  const [seconds, setSeconds] = useState(Math.ceil(act.seconds_left));
  useEffect(() => {
    if (act.status !== "waiting") return;
    const until = performance.now() + act.seconds_left * 1000;
    const clock = setInterval(() => {
      const now = Math.ceil((until - performance.now()) / 1000);
      setSeconds(Math.max(0, now));
      if (now <= -1) {
        clearInterval(clock);
        refresh();
      }
    }, 500);
    return () => clearInterval(clock);
  }, [act, refresh]);
  const what = `${DOING[act.act] ?? words(act.act)} ${usd(act.amount)} for ${aboutLines(act.lines)}`;
  if (act.status === "overtaken")
    return (
      <Note tone="bad">
        It was too late to {what}: {ended(act.problem)}
      </Note>
    );
  if (act.status !== "waiting") return null;
  const undo = (): void => {
    const named = act.case_id ? `?case_id=${encodeURIComponent(act.case_id)}` : "";
    post(`${pathOf(claimId)}/acts/${act.number}/undo${named}`)
      .then(() => say("Undone. Nothing was sent."))
      .catch((problem: Error) => say(problem.message, { tone: "bad" }))
      .finally(refresh);
  };
  return (
    <Note tone="warn">
      <p>
        {act.by} decided to {what}. It is carried out in <b>{seconds > 0 ? `${seconds} s` : "a moment"}</b>.
      </p>
      {acts ? (
        <p>
          <Button size="small" onPress={undo} isDisabled={seconds <= 0}>
            Undo
          </Button>
        </p>
      ) : null}
    </Note>
  );
}
