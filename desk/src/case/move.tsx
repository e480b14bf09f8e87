/** What the case waits for, where that is no offer: what is missing, what is to be filed, whom it waits for. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { caseQuery } from "../api/queries.ts";
import type { CaseNow, Row } from "../api/types.ts";
import { day, ended, fullDay, left, sentence, title, words } from "../format.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useMay } from "../shell/me.ts";
import { Button, Note } from "../ui/parts.tsx";
import { ACTS } from "./acts.ts";
import { useCase } from "./context.ts";
import { disputeOf } from "./law.tsx";
import { ActDialog } from "./more.tsx";

/** The form that gives what is missing. */
export function formFor(missing: string): string {
  if (/receipt|received|notice/.test(missing)) return "notice";
  if (/record|report|document|attach/.test(missing)) return "attachments";
  if (/law/.test(missing)) return "law";
  return "facts";
}

/** Whose move it is and by which rule; nothing of an ended dispute, which is nobody's move. */
export function whyOf(row?: Row, now?: CaseNow | null): string {
  if (row?.why) return row.why;
  if (!now || now.whose_move === "nobody") return "";
  return `${words(now.whose_move)} to move${now.rule ? `, by ${now.rule}` : ""}`;
}

export function Move() {
  const { claimId, caseId, row, desk, show } = useCase();
  const acts = useMay("claims:act");
  const { data } = useQuery(caseQuery(claimId, acts));
  const [asking, setAsking] = useState("");
  const found = data ? disputeOf(data, caseId) : null;
  const now = desk?.case;
  const blocked = [row?.blocked_by, found?.blocked_by, now?.blocked_by].find((one) => one?.length) ?? [];
  const escalated = found?.escalated ?? now?.escalated ?? "";
  const canFile = found ? found.step.moves.includes("file") : (now?.can_file ?? false);
  const step = row?.move || found?.step.label || now?.step || "";
  useShortcuts(
    canFile && acts ? [{ key: "f", what: "Say that the filing was sent", run: () => setAsking("filing") }] : [],
  );
  const answered = row?.queue === "decide" && !!desk?.offers.length;
  if (!blocked.length && !escalated && !canFile && (!step || answered)) return null;
  const act = ACTS.find((one) => one.id === asking);
  const first = blocked[0];
  const why = whyOf(row, now);
  return (
    <section className="card move" aria-label="What it waits for">
      <div className="row wrap">
        <h3>{title(step)}</h3>
        {row?.due ? (
          <span className={row.days_left !== null && row.days_left < 3 ? "bad" : "soft"}>
            by {fullDay(row.due)} ({left(row.days_left)}
            {row.business_days_left !== null && row.business_days_left > 0
              ? `, ${row.business_days_left} business`
              : ""}
            )
          </span>
        ) : null}
        {row?.opens ? <span className="soft">opens {day(row.opens)}</span> : null}
      </div>
      {why ? <p className="soft">{sentence(why)}</p> : null}
      {escalated ? <Note tone="bad">{sentence(escalated)}</Note> : null}
      {blocked.length ? <Note tone="warn">Blocked by {ended(blocked.map(words).join(", "))}</Note> : null}
      {acts ? (
        <div className="row wrap no-print">
          {first ? (
            <Button look="primary" size="small" onPress={() => setAsking(formFor(first))}>
              Give what is missing…
            </Button>
          ) : null}
          {canFile ? (
            <>
              <Button size="small" onPress={() => show("letters")}>
                Look at the papers
              </Button>
              <Button look={first ? "" : "primary"} size="small" shortcut="F" onPress={() => setAsking("filing")}>
                It was sent…
              </Button>
            </>
          ) : null}
        </div>
      ) : null}
      {act ? <ActDialog act={act} onClose={() => setAsking("")} /> : null}
    </section>
  );
}
