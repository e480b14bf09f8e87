/** The step before anything is booked: what will happen in one sentence, why, and what does not fit. */
import { useState } from "react";
import { ApiProblem } from "../api/client.ts";
import { Button, Checkbox, Dialog, Field, Note } from "../ui/parts.tsx";
import type { Item } from "./item.ts";

export interface Meant {
  body: Item;
  sentence: string;
  yes: string;
  /** Whether a reason is wanted. */
  note: boolean;
  /** The X12 to begin with, where the person corrects it. */
  x12?: string;
}

export function Sure({
  meant,
  onClose,
  onYes,
}: {
  meant: Meant;
  onClose: () => void;
  onYes: (body: Item) => Promise<void>;
}) {
  const [why, setWhy] = useState("");
  const [x12, setX12] = useState(meant.x12 ?? "");
  const [problem, setProblem] = useState("");
  const [misfits, setMisfits] = useState<string[]>([]);
  const [force, setForce] = useState(false);
  const act = (): void => {
    if ((meant.note || force) && why.trim().length < 3) {
      setProblem("Say why in a few words.");
      return;
    }
    const more: Item = { ...(why.trim() ? { note: why.trim() } : {}), ...(force ? { force: true } : {}) };
    const corrected = meant.x12 === undefined ? {} : { x12: x12.trim() };
    onYes({ ...meant.body, ...corrected, ...more }).catch((error: Error) => {
      setProblem(error.message);
      setMisfits(error instanceof ApiProblem ? [...(error.document.misfits ?? []), ...places(error)] : []);
    });
  };
  const forcible = misfits.length > 0 && meant.x12 === undefined;
  return (
    <Dialog title="Are you sure?" role="alertdialog" wide={meant.x12 !== undefined} onClose={onClose}>
      <p className="say">{meant.sentence}</p>
      {meant.x12 === undefined ? null : (
        <Field
          label="The claim payment as it should read, CLP to its last segment"
          value={x12}
          onChange={setX12}
          long
          maxLength={200_000}
        />
      )}
      <Field
        label={meant.note || force ? "Why" : "Note (if there is one)"}
        value={why}
        onChange={setWhy}
        autoFocus={meant.note && meant.x12 === undefined}
        maxLength={400}
      />
      {problem ? (
        <Note tone="bad" alert>
          {problem}
          {misfits.length ? (
            <ul>
              {misfits.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          ) : null}
        </Note>
      ) : null}
      {forcible ? (
        <Checkbox isSelected={force} onChange={setForce}>
          I know better: book it all the same
        </Checkbox>
      ) : null}
      <div className="acts">
        <Button onPress={onClose}>Not yet</Button>
        <Button look="primary" autoFocus={!meant.note} onPress={act}>
          {meant.yes}
        </Button>
      </div>
    </Dialog>
  );
}

/** What of a correction is in doubt too, each with its place. */
const places = (error: ApiProblem): string[] =>
  (error.document.problems ?? []).map((one) =>
    [one.segment ? `${one.segment}${one.position ? ` (segment ${one.position})` : ""}` : "", one.message]
      .filter(Boolean)
      .join(": "),
  );
