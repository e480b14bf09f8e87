/** What a portal's export or a list of mails told of many disputes: pasted, looked at, then taken. */
import { useState } from "react";
import { post } from "../api/client.ts";
import { count, ended } from "../format.ts";
import { Badge, Button, Dialog, Field, Note, Table } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { pasted } from "./plan.ts";

interface Told {
  row: number;
  refused?: string;
  disputes?: { claim_id: string; forum: string; step: string; until: string | null }[];
}

export function Results({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [told, setTold] = useState<Told[] | null>(null);
  const [problem, setProblem] = useState("");
  const ask = async (preview: boolean): Promise<void> => {
    const { rows, problem: wrong } = pasted(text);
    setProblem(wrong || (reason.trim().length < 3 ? "Say where it comes from." : ""));
    if (wrong || reason.trim().length < 3) return;
    try {
      const answer = await post<{ rows: Told[] }>("/v1/idr/told", { rows, reason: reason.trim(), preview });
      setTold(answer.rows);
      if (preview) return;
      const refused = answer.rows.filter((one) => one.refused).length;
      say(
        `${count(answer.rows.length - refused, "row")} taken${refused ? `, ${refused} refused` : ""}.`,
        refused ? { tone: "bad" } : {},
      );
      if (!refused) onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "It could not be taken.");
    }
  };
  return (
    <Dialog title="Enter results in bulk" onClose={onClose} wide>
      <Field
        label="Rows, pasted from a sheet; the first names the columns"
        long
        value={text}
        onChange={(value) => {
          setText(value);
          setTold(null);
        }}
        autoFocus
        hint="Columns: what (selected, offered, determined, closed, reopened, settled, refunded), on, dispute, and what belongs to it, such as award, prevailing, outcome, amount, reference."
      />
      <Field
        label="Where it comes from"
        value={reason}
        onChange={setReason}
        hint="For example: export of the portal, June 20, 2026"
      />
      {problem ? (
        <Note tone="bad" alert>
          {problem}
        </Note>
      ) : null}
      {told ? (
        <Table
          caption="What each row comes to"
          rows={told}
          keyOf={(one) => String(one.row)}
          columns={[
            { id: "row", head: "Row", num: true, cell: (one) => one.row },
            {
              id: "what",
              head: "Comes to",
              cell: (one) =>
                one.refused ? (
                  <span className="bad">{ended(one.refused)}</span>
                ) : (
                  (one.disputes ?? []).map((dispute) => (
                    <div key={dispute.claim_id}>
                      <span className="mono">{dispute.claim_id.slice(0, 8)}</span> {dispute.step}{" "}
                      {dispute.until ? <Badge>until {dispute.until}</Badge> : null}
                    </div>
                  ))
                ),
            },
          ]}
        />
      ) : null}
      <div className="acts">
        <Button onPress={onClose}>Cancel</Button>
        <Button onPress={() => void ask(true)}>Look at it first</Button>
        <Button look="primary" isDisabled={!told} onPress={() => void ask(false)}>
          Take {told ? count(told.filter((one) => !one.refused).length, "row") : "them"}
        </Button>
      </div>
    </Dialog>
  );
}
