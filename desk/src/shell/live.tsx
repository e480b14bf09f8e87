/** The event stream, heard once for the whole desk: what is shown of a claim is read again when something happened to it. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { type LiveEvent, type LiveState, listen } from "../api/client.ts";
import { type Me, may } from "./me.ts";

type Hear = (event: LiveEvent) => void;
interface Live {
  state: LiveState;
  hear: (listener: Hear) => () => void;
}
const Context = createContext<Live>({ state: "off", hear: () => () => undefined });

export function LiveProvider({ me, children }: { me: Me; children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>("off");
  const listeners = useRef(new Set<Hear>());
  const streams = may(me, "stream:read");
  useEffect(() => {
    if (!streams) return;
    const ending = new AbortController();
    const changed = new Set<string>();
    let timer = 0;
    const refresh = (): void => {
      for (const claim of changed) void queries.invalidateQueries({ queryKey: ["claim", claim] });
      changed.clear();
      timer = 0;
    };
    const hear = (event: LiveEvent): void => {
      if (event.claim_id) changed.add(event.claim_id);
      timer ||= window.setTimeout(refresh, 300);
      for (const listener of listeners.current) listener(event);
    };
    void listen(hear, setState, ending.signal);
    return () => {
      ending.abort();
      clearTimeout(timer);
    };
  }, [queries, streams]);
  const live = useMemo<Live>(
    () => ({
      state,
      hear: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [state],
  );
  return <Context value={live}>{children}</Context>;
}

export const useLiveState = (): LiveState => useContext(Context).state;

/** Call `listener` with every event while the component is shown. */
export function useLive(listener: Hear): void {
  const { hear } = useContext(Context);
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => hear((event) => newest.current(event)), [hear]);
}
