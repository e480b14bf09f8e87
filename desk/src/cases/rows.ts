/** The listed cases: pages from the API, patched in place when something happened to one of them. */
import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { get, search } from "../api/client.ts";
import type { CasePage, Row } from "../api/types.ts";
import { setCalendar } from "../format.ts";
import { useLive } from "../shell/live.tsx";
import type { View } from "../shell/view.ts";
import { asked, listOf } from "./filters.ts";

const AT_ONCE = 20;
type Pages = InfiniteData<CasePage, string>;

/** `pages` with the rows of `claim` as they are now: changed in their place, gone where they left the list. */
export function patched(pages: Pages, claim: string, now: readonly Row[], queue: string): Pages {
  const fresh = new Map(now.map((row) => [row.key, row]));
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items
        .map((row) => (row.claim_id === claim ? fresh.get(row.key) : row))
        .filter((row): row is Row => !!row && (!queue || row.claim_id !== claim || row.queue === queue)),
    })),
  };
}

export function useCases(view: View) {
  const queries = useQueryClient();
  const list = listOf(view);
  const queryKey = ["cases", list];
  const found = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...asked(view), ...(pageParam ? { cursor: pageParam } : {}) };
      // What may be an account number is asked for in a body.
      const page = await (view.q
        ? search<CasePage>("/v1/cases/search", query, signal)
        : get<CasePage>("/v1/cases", query, signal));
      setCalendar(page.today, page.time_zone);
      return page;
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: keepPreviousData,
  });
  const changed = useRef(new Set<string>());
  const timer = useRef(0);
  const refresh = async (): Promise<void> => {
    timer.current = 0;
    const claims = [...changed.current];
    changed.current.clear();
    const known = new Set(found.data?.pages.flatMap((page) => page.items.map((row) => row.claim_id)));
    const mine = claims.filter((claim) => known.has(claim));
    if (mine.length > AT_ONCE) return queries.invalidateQueries({ queryKey: ["cases"] });
    await Promise.all(
      mine.map(async (claim) => {
        const { items } = await get<{ items: Row[] }>(`/v1/cases/${claim}`);
        queries.setQueryData<Pages>(queryKey, (pages) => pages && patched(pages, claim, items, view.queue ?? ""));
      }),
    ).catch(() => undefined);
    void queries.invalidateQueries({ queryKey: ["queues"] });
  };
  const newest = useRef(refresh);
  newest.current = refresh;
  useLive((event) => {
    if (!event.claim_id) return;
    changed.current.add(event.claim_id);
    timer.current ||= window.setTimeout(() => void newest.current(), 400);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return found;
}
