/** Note and assign, at hand on every case: N, and I for oneself. */
import { useState } from "react";
import { post } from "../api/client.ts";
import { useNames } from "../api/queries.ts";
import { useShortcuts } from "../shell/keys.ts";
import { useMay, useMe } from "../shell/me.ts";
import { Button } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { ACTS } from "./acts.ts";
import { pathOf, useCase } from "./context.ts";
import { ActDialog } from "./more.tsx";

export function QuickActs() {
  const { claimId, caseId, row, desk, refresh } = useCase();
  const me = useMe();
  const acts = useMay("claims:act");
  const [asking, setAsking] = useState("");
  const nameOf = useNames();
  const owner = row?.owner || desk?.case?.assignee || "";
  const take = (): void => {
    const query = caseId ? `?case_id=${encodeURIComponent(caseId)}` : "";
    post(`${pathOf(claimId)}/case/assignee${query}`, { assignee: me.id })
      .then(() => {
        say("It is yours.");
        refresh();
      })
      .catch((error: Error) => say(error.message, { tone: "bad" }));
  };
  useShortcuts(
    acts
      ? [
          { key: "n", what: "Add a note", run: () => setAsking("notes") },
          { key: "i", what: "Assign to me", run: take },
        ]
      : [],
  );
  const act = ACTS.find((one) => one.id === asking && one.to.startsWith("case/"));
  return (
    <div className="row wrap quick no-print">
      <span className="soft">{owner ? `${nameOf(owner)} has it` : "Nobody has it"}</span>
      {acts ? (
        <>
          <Button size="small" shortcut="I" onPress={take}>
            Take it
          </Button>
          <Button size="small" onPress={() => setAsking("assignee")}>
            Assign…
          </Button>
          <Button size="small" shortcut="N" onPress={() => setAsking("notes")}>
            Note…
          </Button>
        </>
      ) : null}
      {act ? <ActDialog act={act} onClose={() => setAsking("")} /> : null}
    </div>
  );
}
