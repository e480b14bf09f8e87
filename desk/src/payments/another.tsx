/** The claim that a payment is for, where it is none of the candidates: found by what people hold, live or ended. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { search } from "../api/client.ts";
import { day, name, usd, words } from "../format.ts";
import { Button, Field, Note } from "../ui/parts.tsx";

interface Hit {
  claim_id: string;
  state: string;
  payer: { id: string; name: string };
  service_from: string | null;
  billed: string;
  account: string | null;
}

export function AnotherClaim({ onMatch }: { onMatch: (claim: string, called: string) => void }) {
  const [typed, setTyped] = useState("");
  const [asked, ask] = useState("");
  const { data, error } = useQuery({
    queryKey: ["payments", "find", asked],
    queryFn: ({ signal }) => search<{ items: Hit[] }>("/v1/find", { q: asked }, signal),
    enabled: asked.length > 1,
  });
  return (
    <section className="card stack tight no-print" aria-label="Another claim">
      <form
        className="row wrap"
        onSubmit={(event) => {
          event.preventDefault();
          ask(typed.trim());
        }}
      >
        <Field label="Another claim, by account, payer’s number or claim id" value={typed} onChange={setTyped} />
        <Button type="submit" size="small">
          Find
        </Button>
      </form>
      {error ? <Note tone="bad">{error.message}</Note> : null}
      {data && !data.items.length ? <p className="soft">No claim fits.</p> : null}
      {data?.items.map((hit) => (
        <div key={hit.claim_id} className="row wrap">
          <span>
            {hit.account ?? hit.claim_id.slice(0, 8)} · {name(hit.payer.name || hit.payer.id)} · {usd(hit.billed)}
          </span>
          <span className="soft">
            service {day(hit.service_from)}, {words(hit.state)}
          </span>
          <span className="push">
            <Button size="small" onPress={() => onMatch(hit.claim_id, hit.account ?? hit.claim_id.slice(0, 8))}>
              It is this claim…
            </Button>
          </span>
        </div>
      ))}
    </section>
  );
}
