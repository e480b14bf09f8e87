/** The queues: every live dispute is in exactly one of them. Below them, views that people keep. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiProblem, get, send } from "../api/client.ts";
import type { Queue } from "../api/types.ts";
import { queryOf, useView, type View } from "../shell/view.ts";
import { Button, Dialog, Field } from "../ui/parts.tsx";
import { say } from "../ui/toasts.tsx";
import { listOf } from "./filters.ts";

interface SavedView {
  name: string;
  url: string;
}

export function Queues({ queues, view }: { queues: readonly Queue[]; view: View }) {
  const [, change] = useView();
  const all = queues.reduce((sum, one) => sum + one.count, 0);
  const items = [...queues, { queue: "", label: "All live cases", count: all, at_stake: "" }];
  const isMine = view.owner === "me";
  return (
    <aside className="queues" aria-label="Queues and saved views">
      <h2 className="rail-head">Queues</h2>
      <ul>
        {items.map((one) => (
          <li key={one.queue}>
            <Link
              href={`/work?${queryOf({ ...listOf(view), queue: one.queue || "all" })}`}
              aria-current={(view.queue || "all") === (one.queue || "all") ? "true" : undefined}
              className={one.count ? "" : "none"}
            >
              <span>{one.label}</span>
              <span className="fig">{one.count.toLocaleString("en-US")}</span>
            </Link>
          </li>
        ))}
      </ul>
      <h2 className="rail-head">Whose</h2>
      <ul>
        <li>
          <Button look="link" aria-pressed={isMine} onPress={() => change({ owner: isMine ? "" : "me" })}>
            {isMine ? "Everybody’s cases" : "Only mine"}
          </Button>
        </li>
      </ul>
      <SavedViews view={view} />
    </aside>
  );
}

function SavedViews({ view }: { view: View }) {
  const queries = useQueryClient();
  const [path] = useLocation();
  const [saving, setSaving] = useState(false);
  const { data } = useQuery({
    queryKey: ["views"],
    queryFn: async ({ signal }) => {
      try {
        return (await get<{ items: SavedView[] }>("/v1/views", {}, signal)).items;
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: 60_000,
  });
  if (!data) return null;
  const here = `${path}?${queryOf(listOf(view))}`;
  const forget = async (name: string): Promise<void> => {
    await send("DELETE", `/v1/views/${encodeURIComponent(name)}`);
    await queries.invalidateQueries({ queryKey: ["views"] });
    say(`The view “${name}” is gone.`);
  };
  return (
    <>
      <h2 className="rail-head">Saved views</h2>
      <ul>
        {data.map((one) => (
          <li key={one.name} className="saved">
            <Link href={one.url} aria-current={one.url === here ? "true" : undefined}>
              <span>{one.name}</span>
            </Link>
            <Button
              look="quiet"
              size="icon"
              aria-label={`Forget the view ${one.name}`}
              onPress={() => void forget(one.name)}
            >
              <Trash2 aria-hidden="true" />
            </Button>
          </li>
        ))}
        <li>
          <Button look="link" onPress={() => setSaving(true)}>
            + Save this view
          </Button>
        </li>
      </ul>
      {saving ? <SaveView url={here} onClose={() => setSaving(false)} /> : null}
    </>
  );
}

function SaveView({ url, onClose }: { url: string; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const save = async (): Promise<void> => {
    try {
      await send("PUT", `/v1/views/${encodeURIComponent(name.trim())}`, { url });
      await queries.invalidateQueries({ queryKey: ["views"] });
      onClose();
    } catch (error) {
      say(error instanceof Error ? error.message : "It could not be kept.", { tone: "bad" });
    }
  };
  return (
    <Dialog title="Save this view" onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) void save();
        }}
      >
        <Field
          label="Name"
          value={name}
          onChange={setName}
          autoFocus
          required
          maxLength={60}
          hint="Queue, filters and order are kept with it."
        />
        <div className="acts">
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isDisabled={!name.trim()}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
