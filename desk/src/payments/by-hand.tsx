/** A check, virtual card or transfer that no bank file tells of. */
import { useState } from "react";
import { post } from "../api/client.ts";
import { typedAmount, usd } from "../format.ts";
import { Button, Dialog, Field, Note, Select } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";

const METHODS = [
  { id: "check", label: "Check" },
  { id: "card", label: "Virtual card" },
  { id: "ach", label: "ACH" },
  { id: "wire", label: "Wire" },
];

export function ByHand({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [method, setMethod] = useState("check");
  const [amount, setAmount] = useState("");
  const [posted, setPosted] = useState("");
  const [number, setNumber] = useState("");
  const [payer, setPayer] = useState("");
  const [problem, setProblem] = useState("");
  const read = typedAmount(amount);
  const wrong = !read
    ? "Say the amount, such as 1,315.80."
    : !/^\d{4}-\d{2}-\d{2}$/.test(posted)
      ? "Say the day on which it was deposited."
      : !number.trim()
        ? "Say its number: it tells it from others."
        : "";
  const keep = async (): Promise<void> => {
    if (wrong) return setProblem(wrong);
    const body = { amount: read, posted_on: posted, method, number: number.trim(), payer: payer.trim() };
    try {
      await post("/v1/deposits", body);
      say(`${usd(read)} is kept as deposited.`);
      onDone();
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "It could not be kept.");
    }
  };
  return (
    <Dialog title="A deposit that no bank file tells of" onClose={onClose}>
      <form
        className="stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <Select label="Kind" value={method} onChange={setMethod} choices={METHODS} />
        <Field label="Amount, in dollars" value={amount} onChange={setAmount} inputMode="decimal" autoFocus />
        <Field label="Deposited on" type="date" value={posted} onChange={setPosted} />
        <Field
          label="Number of the check, card payment or transfer"
          value={number}
          onChange={setNumber}
          maxLength={50}
        />
        <Field label="Who paid (if it is known)" value={payer} onChange={setPayer} maxLength={140} />
        {problem ? (
          <Note tone="bad" alert>
            {problem}
          </Note>
        ) : null}
        <div className="acts">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Keep it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
