/** Above the list: search, filters as chips, order, export; and what can be done with the cases that are selected. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, ListFilter, X } from "lucide-react";
import { type RefObject, useEffect, useState } from "react";
import { download, post } from "../api/client.ts";
import { peopleQuery } from "../api/queries.ts";
import { count, day, name, title, typedAmount, usd } from "../format.ts";
import type { View } from "../shell/view.ts";
import { Button, Dialog, Field, Select } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { asked, CLEARED, FILTER_LABELS, FILTERS, type Filter, isFiltered, SORTS } from "./filters.ts";

type Change = (changes: View) => void;

function written(filter: Filter, value: string): string {
  if (filter === "min_at_stake") return usd(value);
  if (filter === "due_until" || filter.startsWith("service_")) return day(value);
  if (filter === "forum" || filter === "state" || filter === "role") return title(value);
  return name(value);
}

export function Bar({
  view,
  change,
  total,
  atStake,
  searchBox,
}: {
  view: View;
  change: Change;
  total: number | undefined;
  atStake: string | undefined;
  searchBox: RefObject<HTMLInputElement | null>;
}) {
  const [text, setText] = useState(view.q ?? "");
  const [filtering, setFiltering] = useState(false);
  useEffect(() => setText(view.q ?? ""), [view.q]);
  const give = (format: "csv" | "xlsx"): void => {
    const { limit: _, ...query } = asked(view);
    download("/v1/cases/export", `cases.${format}`, { ...query, format }).catch((error: Error) =>
      say(error.message, { tone: "bad" }),
    );
  };
  const days = (): void => {
    const { limit: _, ...query } = asked(view);
    download("/v1/cases/calendar", "last-days.ics", query).catch((error: Error) => say(error.message, { tone: "bad" }));
  };
  return (
    <div className="bar no-print">
      <form
        role="search"
        className="search"
        onSubmit={(event) => {
          event.preventDefault();
          change({ q: text.trim(), case: "" });
        }}
      >
        <input
          ref={searchBox}
          type="search"
          aria-label="Search the list by any number, payer, date, amount or code"
          placeholder="Search the list"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <kbd aria-hidden="true">/</kbd>
      </form>
      {FILTERS.filter((filter) => view[filter]).map((filter) => (
        <span key={filter} className="chip">
          {FILTER_LABELS[filter]} <b>{written(filter, view[filter] ?? "")}</b>
          <Button
            look="quiet"
            size="icon"
            aria-label={`Take away the filter ${FILTER_LABELS[filter]}`}
            onPress={() => change({ [filter]: "" })}
          >
            <X aria-hidden="true" />
          </Button>
        </span>
      ))}
      <Button size="small" onPress={() => setFiltering(true)}>
        <ListFilter aria-hidden="true" /> Filter
      </Button>
      {isFiltered(view) ? (
        <Button size="small" look="quiet" onPress={() => change(CLEARED)}>
          Clear
        </Button>
      ) : null}
      <Select
        label="Order"
        hideLabel
        value={view.sort || "-expected"}
        onChange={(sort) => change({ sort: sort === "-expected" ? "" : sort })}
        choices={SORTS}
      />
      <span className="push row">
        {total === undefined ? null : (
          <span className="soft fig" role="status">
            {count(total, "case")} · <b className="strong">{usd(atStake)}</b> at stake
          </span>
        )}
        <Button size="small" aria-label="Export these cases to Excel" onPress={() => give("xlsx")}>
          <Download aria-hidden="true" /> Excel
        </Button>
        <Button size="small" aria-label="Export these cases as CSV" onPress={() => give("csv")}>
          CSV
        </Button>
        <Button size="small" aria-label="The last days of these cases as a calendar" onPress={days}>
          Days
        </Button>
      </span>
      {filtering ? <Filters view={view} change={change} onClose={() => setFiltering(false)} /> : null}
    </div>
  );
}

const FORUMS = ["open_negotiation", "federal_idr", "state_idr", "commercial_appeal", "external_review"];

function Filters({ view, change, onClose }: { view: View; change: Change; onClose: () => void }) {
  const [draft, setDraft] = useState<View>(Object.fromEntries(FILTERS.map((filter) => [filter, view[filter] ?? ""])));
  const { data: people = [] } = useQuery(peopleQuery);
  const set = (filter: Filter) => (value: string) => setDraft((now) => ({ ...now, [filter]: value }));
  const value = (filter: Filter): string => draft[filter] ?? "";
  const owners = [
    { id: "", label: "Anybody" },
    { id: "me", label: "Me" },
    { id: "nobody", label: "Nobody" },
    ...people.map((one) => ({ id: one.id, label: one.name || one.id })),
  ];
  const amount = value("min_at_stake") ? typedAmount(value("min_at_stake")) : "";
  return (
    <Dialog title="Filter the list" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (amount === null) return;
          change({ ...draft, min_at_stake: amount, case: "" });
          onClose();
        }}
      >
        <div className="grid-form">
          <Field label="Payer id" value={value("payer_id")} onChange={set("payer_id")} autoFocus />
          <Select label="Owner" value={value("owner")} onChange={set("owner")} choices={owners} />
          <Field label="Code" value={value("code")} onChange={set("code")} hint="CPT or HCPCS" />
          <Select
            label="Forum"
            value={value("forum")}
            onChange={set("forum")}
            choices={[{ id: "", label: "Any" }, ...FORUMS.map((id) => ({ id, label: title(id) }))]}
          />
          <Select
            label="Who decides"
            value={value("role")}
            onChange={set("role")}
            choices={[
              { id: "", label: "Anybody" },
              { id: "manager", label: "Manager" },
            ]}
          />
          <Field
            label="At stake from"
            value={value("min_at_stake")}
            onChange={set("min_at_stake")}
            inputMode="decimal"
            error={amount === null ? "An amount such as 1,000 or $1,000.00" : undefined}
          />
          <Field label="Due until" type="date" value={value("due_until")} onChange={set("due_until")} />
          <Field label="Service from" type="date" value={value("service_from")} onChange={set("service_from")} />
          <Field label="Service to" type="date" value={value("service_to")} onChange={set("service_to")} />
        </div>
        <div className="acts">
          <Button
            onPress={() => {
              change(CLEARED);
              onClose();
            }}
          >
            Clear all
          </Button>
          <Button type="submit" look="primary">
            Show
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Result {
  claim_id: string;
  done: boolean;
  problem: string;
  detail: string;
}

/** What is done with many cases at once. */
export function Many({ keys, onDone }: { keys: readonly string[]; onDone: () => void }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"" | "assign" | "note">("");
  const [text, setText] = useState("");
  const { data: people = [] } = useQuery(peopleQuery);
  const act = async (): Promise<void> => {
    const claims = [...new Set(keys.map((key) => key.split("/")[0]))];
    const what = asking === "assign" ? { assignee: text.trim() } : { text: text.trim() };
    try {
      const { results } = await post<{ results: Result[] }>("/v1/cases/acts", {
        claim_ids: claims,
        act: asking,
        ...what,
      });
      const failed = results.filter((one) => !one.done);
      if (failed.length)
        say(`${count(failed.length, "case")} could not be changed: ${failed[0]?.detail ?? ""}`, { tone: "bad" });
      if (results.length > failed.length) say(`${count(results.length - failed.length, "case")} changed.`);
      await queries.invalidateQueries({ queryKey: ["cases"] });
      setAsking("");
      onDone();
    } catch (error) {
      say(error instanceof Error ? error.message : "It could not be done.", { tone: "bad" });
    }
  };
  return (
    <div className="many no-print" role="region" aria-label="Selected cases">
      <b>{count(keys.length, "case")} selected</b>
      <Button
        size="small"
        onPress={() => {
          setText("");
          setAsking("assign");
        }}
      >
        Assign…
      </Button>
      <Button
        size="small"
        onPress={() => {
          setText("");
          setAsking("note");
        }}
      >
        Note…
      </Button>
      <a className="btn small" href={`/desk/filings?keys=${encodeURIComponent(keys.join(","))}`}>
        Add to a batch…
      </a>
      <Button size="small" look="quiet" onPress={onDone}>
        Clear selection
      </Button>
      {asking ? (
        <Dialog
          title={asking === "assign" ? `Assign ${count(keys.length, "case")}` : `Note to ${count(keys.length, "case")}`}
          onClose={() => setAsking("")}
        >
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              void act();
            }}
          >
            {asking === "assign" && people.length ? (
              <Select
                label="To"
                value={text}
                onChange={setText}
                choices={[
                  { id: "", label: "Nobody" },
                  ...people.map((one) => ({ id: one.id, label: `${one.name || one.id} · ${one.role}` })),
                ]}
              />
            ) : (
              <Field
                label={asking === "assign" ? "To" : "Note, without patient data"}
                value={text}
                onChange={setText}
                autoFocus
                long={asking === "note"}
                hint={asking === "assign" ? "Empty takes the cases back." : "Everybody who works on the case reads it."}
              />
            )}
            <div className="acts">
              <Button onPress={() => setAsking("")}>Cancel</Button>
              <Button type="submit" look="primary" isDisabled={asking === "note" && !text.trim()}>
                {asking === "assign" ? "Assign" : "Add the note"}
              </Button>
            </div>
          </form>
        </Dialog>
      ) : null}
    </div>
  );
}
