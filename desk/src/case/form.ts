/** From what a person typed into a form of an act to the body that is sent, or why it cannot be. */
import { typedAmount } from "../format.ts";
import type { ActOf, FieldOf } from "./acts.ts";

export type Typed = Readonly<Record<string, string>>;
export interface Read {
  body: Record<string, unknown>;
  errors: Record<string, string>;
}

function valueIn(field: FieldOf, given: string): { value?: unknown; error?: string } {
  const plain = given.trim();
  if (!plain)
    return field.optional || field.name === "assignee"
      ? field.name === "assignee"
        ? { value: "" }
        : {}
      : { error: "This is needed." };
  switch (field.kind) {
    case "money": {
      const amount = typedAmount(plain);
      return amount === null ? { error: "An amount such as 1,315.80." } : { value: amount };
    }
    case "number":
      return /^\d{1,3}$/.test(plain) ? { value: Number(plain) } : { error: "A whole number." };
    case "lines": {
      const lines = plain.split(/[\s,]+/);
      return lines.every((line) => /^\d{1,3}$/.test(line))
        ? { value: lines.map(Number) }
        : { error: "Numbers of lines, such as 1, 2." };
    }
    case "yes-no":
    case "check":
      return { value: plain === "yes" };
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(plain) ? { value: plain } : { error: "A day." };
    default:
      return field.name === "reason" && plain.length < 3 ? { error: "In a few words." } : { value: plain };
  }
}

/** `plan.kind` is a member of `plan`, `documents.0.reference` of the first of `documents`. */
function put(body: Record<string, unknown>, path: string, value: unknown): void {
  const parts = path.split(".");
  let place: Record<string, unknown> = body;
  parts.slice(0, -1).forEach((part, at) => {
    place[part] ??= /^\d+$/.test(parts[at + 1] ?? "") ? [] : {};
    place = place[part] as Record<string, unknown>;
  });
  place[parts.at(-1) ?? path] = value;
}

export function read(act: ActOf, typed: Typed): Read {
  const result: Read = { body: {}, errors: {} };
  for (const field of act.fields) {
    const { value, error } = valueIn(field, typed[field.name] ?? "");
    if (error) result.errors[field.name] = error;
    else if (value !== undefined) put(result.body, field.name, value);
  }
  return result;
}

const SUSPECT = [
  /\b\d{3}-\d{2}-\d{4}\b/,
  /\b(dob|date of birth|born|mrn|ssn|patient name)\b/i,
  /\bpatient\s+(mr\.?|mrs\.?|ms\.?)?\s*[A-Z][a-z]+\s+[A-Z][a-z]+/,
];
/** Whether the text looks as if it named a patient: notes are read by people who may not see patient data. */
export const namesPatient = (note: string): boolean => SUSPECT.some((pattern) => pattern.test(note));
