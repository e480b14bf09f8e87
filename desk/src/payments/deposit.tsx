/** A deposit beside the 835s that it may pay: those that intake found, and any other whose money has not come. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { get } from "../api/client.ts";
import { cents, day, name, usd } from "../format.ts";
import { Badge, Button, Checkbox, Failed, Loading } from "../ui/parts.tsx";
import { type Advice, type Item, idOf, text } from "./item.ts";
import type { Meant } from "./sure.tsx";

export function Advices({ deposit, onMeant }: { deposit: Item; onMeant: (meant: Meant) => void }) {
  const id = idOf(deposit);
  const near = useQuery({
    queryKey: ["payments", "deposit", id],
    queryFn: ({ signal }) => get<{ advices?: Advice[] }>(`/v1/deposits/${id}`, {}, signal),
  });
  const open = useQuery({
    queryKey: ["payments", "undeposited"],
    queryFn: ({ signal }) => get<Advice[]>("/v1/worklist/undeposited", {}, signal),
  });
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  if (near.isPending || open.isPending) return <Loading label="Reading the 835s that it may pay" />;
  if (near.error) return <Failed error={near.error} again={() => void near.refetch()} />;
  const likely = near.data.advices ?? [];
  const others = (open.data ?? []).filter((one) => !likely.some((two) => two.advice_id === one.advice_id));
  const all = [...likely, ...others];
  if (!all.length) return <p className="soft">No 835 waits for money.</p>;
  const picked = all.filter((one) => chosen.has(one.advice_id));
  const sum = picked.reduce((so, one) => so + (cents(one.amount) ?? 0n) - (cents(one.deposited) ?? 0n), 0n);
  const left = (cents(text(deposit.amount)) ?? 0n) - sum;
  const pick = (one: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(one);
    else next.delete(one);
    choose(next);
  };
  const dollars = (amount: bigint): string => usd(`${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`);
  const difference =
    left === 0n ? "" : left > 0n ? ` ${dollars(left)} of it is left over.` : ` ${dollars(-left)} is short.`;
  return (
    <section className="card stack tight" aria-label="835s that it may pay">
      <h3>Which 835s does it pay?</h3>
      {all.map((one) => (
        <div key={one.advice_id} className="row wrap">
          <Checkbox isSelected={chosen.has(one.advice_id)} onChange={(on) => pick(one.advice_id, on)}>
            {usd(one.amount)} · {name(one.payer)} · {one.trace_number} · {day(one.paid_on)}
          </Checkbox>
          {likely.includes(one) ? <Badge tone="accent">comes near</Badge> : null}
          {one.trace_number && (deposit.traces as string[] | undefined)?.includes(one.trace_number) ? (
            <Badge tone="good">same number</Badge>
          ) : null}
        </div>
      ))}
      <div className="row wrap no-print">
        <span className="soft fig" role="status">
          {picked.length
            ? `${dollars(sum)} of ${usd(text(deposit.amount))} chosen.${difference}`
            : "Choose one or more."}
        </span>
        <span className="push">
          <Button
            size="small"
            look="primary"
            isDisabled={!picked.length}
            onPress={() =>
              onMeant({
                body: { choice: "match", advice_ids: picked.map((one) => one.advice_id) },
                sentence: `The deposit of ${usd(text(deposit.amount))} pays ${
                  picked.length === 1 ? "this 835" : `these ${picked.length} 835s`
                } of ${dollars(sum)}.${difference}`,
                yes: "Yes, it pays them",
                note: false,
              })
            }
          >
            It pays these…
          </Button>
        </span>
      </div>
    </section>
  );
}
