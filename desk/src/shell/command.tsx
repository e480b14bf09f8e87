/** Ctrl K: any number that people hold, and every page. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Autocomplete, Input, Label, ListBox, ListBoxItem, SearchField } from "react-aria-components";
import { useLocation } from "wouter";
import { search } from "../api/client.ts";
import { day, name, usd, words } from "../format.ts";
import { PAGES } from "../pages.ts";
import { Dialog, Note } from "../ui/parts.tsx";
import { type Me, may } from "./me.ts";

interface Hit {
  claim_id: string;
  state: string;
  /** False where all of it ended. */
  live: boolean;
  payer: { id: string; name: string };
  service_from: string | null;
  billed: string | null;
  account: string | null;
  by: string;
}
interface Item {
  id: string;
  to: string;
  text: string;
  aside: string;
  below: string;
}

const BY: Record<string, string> = {
  account: "account number",
  payer_number: "payer's claim number",
  claim_id: "claim id",
  trace: "check or trace number",
  reference: "reference on a letter",
  date: "day of service, or last day",
  payer: "payer",
};

const payerOf = (hit: Hit): string => name(hit.payer.name || hit.payer.id);

function itemOf(hit: Hit): Item {
  return {
    id: `${hit.claim_id}-${hit.by}`,
    to: `/claim/${hit.claim_id}`,
    text: `${hit.account ?? hit.claim_id.slice(0, 8)} · ${payerOf(hit)}`,
    aside: usd(hit.billed),
    below: `${words(hit.state)}${hit.live ? "" : " (ended)"} · service ${day(hit.service_from)} · found by ${BY[hit.by] ?? words(hit.by)}`,
  };
}

export function CommandBar({ me, onClose }: { me: Me; onClose: () => void }) {
  const [text, setText] = useState("");
  const [, navigate] = useLocation();
  const q = useDeferredValue(text.trim());
  const { data, error, isFetching } = useQuery({
    queryKey: ["find", q],
    queryFn: ({ signal }) => search<{ items: Hit[]; more: boolean }>("/v1/find", { q }, signal),
    enabled: q.length > 1,
    placeholderData: keepPreviousData,
  });
  const pages: Item[] = PAGES.filter((page) => !page.unlisted && may(me, page.scope, page.everywhere))
    .filter((page) => page.label.toLowerCase().includes(q.toLowerCase()))
    .map((page) => ({ id: page.path, to: page.path, text: page.label, aside: "page", below: "" }));
  const hits = q.length > 1 ? (data?.items ?? []).map(itemOf) : [];
  const go = (to: string): void => {
    onClose();
    navigate(to);
  };
  return (
    <Dialog title="Find" onClose={onClose}>
      <Autocomplete inputValue={text} onInputChange={setText}>
        <SearchField className="field" autoFocus>
          <Label>Account, payer’s number, check number, claim id, payer, date, amount, code, or a page</Label>
          <Input placeholder="Type what you hold" />
        </SearchField>
        <ListBox
          className="found"
          aria-label="Found"
          items={[...hits, ...pages]}
          onAction={(key) => go([...hits, ...pages].find((item) => item.id === key)?.to ?? "/")}
          renderEmptyState={() => (
            <p className="soft">
              {isFetching ? "Looking…" : "Nothing fits. Try fewer digits, or another number of the claim."}
            </p>
          )}
        >
          {(item) => (
            <ListBoxItem className="hit" id={item.id} textValue={item.text}>
              <span>{item.text}</span>
              <span className="fig soft">{item.aside}</span>
              {item.below ? <small>{item.below}</small> : null}
            </ListBoxItem>
          )}
        </ListBox>
      </Autocomplete>
      {q.length > 1 && error ? (
        <Note tone="bad" alert>
          {error.message}
        </Note>
      ) : null}
      {q.length > 1 && data?.more ? <p className="soft">There are more: type more of the number.</p> : null}
    </Dialog>
  );
}
