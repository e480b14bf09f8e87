import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "../api/client.ts";
import { peopleQuery } from "../api/queries.ts";
import type { Row } from "../api/types.ts";
import { name, usd } from "../format.ts";
import { Button, Dialog, Field, Note, Select } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";

/** Gives a case to somebody with a reason, which stays in its journal. */
export function HandOver({ row, onClose, onDone }: { row: Row; onClose: () => void; onDone: () => void }) {
  const { data: people = [] } = useQuery(peopleQuery);
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState("");
  const hand = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await post(`/v1/claims/${row.claim_id}/hand-over`, {
        to,
        reason,
        ...(row.case_id ? { case_id: row.case_id } : {}),
      });
      say(`${people.find((one) => one.id === to)?.name ?? to} has it now.`);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "It could not be handed over.");
    }
  };
  return (
    <Dialog title="Hand over" onClose={onClose}>
      <form className="stack" onSubmit={(event) => void hand(event)}>
        <p>
          {name(row.payer.name || row.payer.id)}, {usd(row.at_stake)} at stake.
        </p>
        {people.length ? (
          <Select
            label="To"
            value={to}
            onChange={setTo}
            choices={[
              { id: "", label: "Choose" },
              ...people.map((one) => ({ id: one.id, label: `${one.name || one.id} · ${one.role}` })),
            ]}
          />
        ) : (
          <Field label="To" value={to} onChange={setTo} autoFocus />
        )}
        <Field label="Reason, kept with it; no patient data" value={reason} onChange={setReason} maxLength={400} />
        {problem ? (
          <Note tone="bad" alert>
            {problem}
          </Note>
        ) : null}
        <div className="acts">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isDisabled={!to || reason.trim().length < 3}>
            Hand over
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
