/** Every act on the case, by group: a form each, and a confirming step where it cannot be taken back. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "../api/client.ts";
import { peopleQuery } from "../api/queries.ts";
import { sentence, today, words } from "../format.ts";
import { useMe } from "../shell/me.ts";
import { Button, Checkbox, Dialog, Field, Note, Select } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { ACTS, type ActOf, type FieldOf, GROUPS } from "./acts.ts";
import { pathOf, useCase } from "./context.ts";
import { namesPatient, read, type Typed } from "./form.ts";

export function More() {
  const me = useMe();
  const [chosen, setChosen] = useState<ActOf | null>(null);
  const open = ACTS.filter((act) => me.scopes.includes(act.scope ?? "claims:act"));
  return (
    <>
      {GROUPS.map((group) => (
        <section key={group} className="stack tight" aria-label={group}>
          <h3>{group}</h3>
          <div className="row wrap">
            {open
              .filter((act) => act.group === group)
              .map((act) => (
                <Button key={act.to} size="small" onPress={() => setChosen(act)}>
                  {act.label}…
                </Button>
              ))}
          </div>
        </section>
      ))}
      {chosen ? <ActDialog act={chosen} onClose={() => setChosen(null)} /> : null}
    </>
  );
}

/** What stands in the form at first: the dispute, and today for a day that is needed. */
function begun(act: ActOf, caseId: string, given: Typed): Typed {
  const start: Record<string, string> = {};
  for (const field of act.fields) {
    if (field.name === "case_id") start[field.name] = caseId;
    if (field.kind === "date" && !field.optional) start[field.name] = today();
  }
  return { ...start, ...given };
}

export function ActDialog({ act, onClose, given = {} }: { act: ActOf; onClose: () => void; given?: Typed }) {
  const { claimId, caseId, refresh } = useCase();
  const [typed, setTyped] = useState<Typed>(begun(act, caseId, given));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState("");
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);

  const perform = async (body: Record<string, unknown>): Promise<void> => {
    setBusy(true);
    const query =
      act.dispute === "query" && caseId && !("case_id" in body) ? `?case_id=${encodeURIComponent(caseId)}` : "";
    const named = act.dispute === "body" && caseId && !("case_id" in body) ? { case_id: caseId } : {};
    try {
      const to = act.to.replace(/\{(\w+)\}/, (_, name: string) => String(body[name]));
      if (to !== act.to) delete body.line; // it is in the address
      await post(`${pathOf(claimId)}/${to}${query}`, {
        ...body,
        ...named,
        ...(act.keyed ? { key: crypto.randomUUID() } : {}),
      });
      say(`${act.label}: done.`);
      refresh();
      onClose();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "It could not be done.");
      setSure(false);
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const { body, errors: wrong } = read(act, typed);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    if (act.sure && !sure) setSure(true);
    else void perform(body);
  };
  const note = typed.text ?? typed.reason ?? "";
  return (
    <Dialog title={act.label} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {sure ? (
          <Summary act={act} typed={typed} />
        ) : (
          <div className="grid-form">
            {act.fields.map((field, at) => (
              <Entry
                key={field.name}
                field={field}
                first={at === 0}
                value={typed[field.name] ?? ""}
                error={errors[field.name]}
                onChange={(value) => setTyped((now) => ({ ...now, [field.name]: value }))}
              />
            ))}
            {act.fields.length ? null : <p>There is nothing to fill in.</p>}
          </div>
        )}
        {namesPatient(note) ? (
          <Note tone="warn">This looks as if it named a patient. Others who may not see patient data read it.</Note>
        ) : null}
        {problem ? (
          <Note tone="bad" alert>
            {problem}
          </Note>
        ) : null}
        <div className="acts">
          <Button onPress={sure ? () => setSure(false) : onClose}>{sure ? "Not yet" : "Cancel"}</Button>
          <Button type="submit" look="primary" isDisabled={busy} autoFocus={sure}>
            {sure ? `Yes, ${act.label.charAt(0).toLowerCase()}${act.label.slice(1)}` : act.sure ? "Review…" : act.label}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Summary({ act, typed }: { act: ActOf; typed: Typed }) {
  return (
    <>
      <p className="say">{sentence(act.sure ?? "")}</p>
      <dl className="facts">
        {act.fields
          .filter((field) => typed[field.name])
          .map((field) => (
            <div key={field.name} className="contents">
              <dt>{field.label}</dt>
              <dd>{field.choices ? words(typed[field.name] ?? "") : typed[field.name]}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

function PersonField({
  label,
  value,
  error,
  optional,
  onChange,
}: {
  label: string;
  value: string;
  error: string | undefined;
  optional: boolean;
  onChange: (value: string) => void;
}) {
  const { data: people = [] } = useQuery(peopleQuery);
  if (!people.length) return <Field label={label} value={value} onChange={onChange} error={error} autoFocus />;
  const choices = people.map((one) => ({ id: one.id, label: `${one.name || one.id} · ${one.role}` }));
  return (
    <Select
      label={label}
      value={value}
      onChange={onChange}
      choices={[{ id: "", label: optional ? "Nobody" : "Choose" }, ...choices]}
    />
  );
}

const YES_NO = [
  { id: "", label: "Not known" },
  { id: "yes", label: "Yes" },
  { id: "no", label: "No" },
];

function Entry({
  field,
  value,
  error,
  first,
  onChange,
}: {
  field: FieldOf;
  value: string;
  error: string | undefined;
  first: boolean;
  onChange: (value: string) => void;
}) {
  const label = field.optional ? `${field.label} (if known)` : field.label;
  if (field.kind === "check")
    return (
      <Checkbox isSelected={value === "yes"} onChange={(on) => onChange(on ? "yes" : "")}>
        {field.label}
      </Checkbox>
    );
  if (field.kind === "yes-no") return <Select label={field.label} value={value} onChange={onChange} choices={YES_NO} />;
  if (field.kind === "person")
    return (
      <PersonField label={field.label} value={value} error={error} optional={!!field.optional} onChange={onChange} />
    );
  if (field.choices) {
    const choices = field.choices.map((id) => ({ id, label: words(id) }));
    return (
      <div className="stack tight">
        <Select
          label={label}
          value={value}
          onChange={onChange}
          choices={[{ id: "", label: field.optional ? "Not known" : "Choose" }, ...choices]}
        />
        {error ? (
          <span className="bad small-text" role="alert">
            {error}
          </span>
        ) : null}
      </div>
    );
  }
  return (
    <Field
      label={label}
      value={value}
      onChange={onChange}
      error={error}
      hint={field.hint}
      long={field.kind === "long"}
      autoFocus={first}
      {...(field.kind === "date" ? { type: "date" as const } : {})}
      {...(field.kind === "money" ? { inputMode: "decimal" as const } : {})}
    />
  );
}
