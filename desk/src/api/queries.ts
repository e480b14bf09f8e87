/** What the desk asks for, by key: `["claim", id, …]` is read again when the stream names the claim. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMay } from "../shell/me.ts";
import { ApiProblem, get } from "./client.ts";
import type { AppealsCase, Assessment, Claim, DeskView, Package, Person, Row, Seen, TimelineEntry } from "./types.ts";

const path = (claim: string): string => `/v1/claims/${encodeURIComponent(claim)}`;

/** What a service may not have: nothing of it, in place of a problem. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiProblem && [403, 404, 409].includes(error.status)) return null;
    throw error;
  }
}

export const claimQuery = (id: string) =>
  queryOptions({ queryKey: ["claim", id, "view"], queryFn: ({ signal }) => get<Claim>(path(id), {}, signal) });

export const deskQuery = (id: string) =>
  queryOptions({
    queryKey: ["claim", id, "desk"],
    queryFn: ({ signal }) => get<DeskView>(`${path(id)}/desk`, {}, signal),
  });

export const caseQuery = (id: string, allowed: boolean) =>
  queryOptions({
    queryKey: ["claim", id, "case"],
    queryFn: async ({ signal }) => {
      const found = await orNull(get<AppealsCase>(`${path(id)}/case`, {}, signal));
      return found?.forum ? found : null; // without a forum there is no case yet
    },
    enabled: allowed,
  });

export const rowsQuery = (id: string) =>
  queryOptions({
    queryKey: ["claim", id, "rows"],
    queryFn: async ({ signal }) => (await orNull(get<{ items: Row[] }>(`/v1/cases/${id}`, {}, signal)))?.items ?? [],
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ["claim", id, "timeline"],
    queryFn: async ({ signal }) =>
      (await get<{ items: TimelineEntry[] }>(`${path(id)}/timeline`, { limit: 500 }, signal)).items,
  });

export const assessmentQuery = (id: string) =>
  queryOptions({
    queryKey: ["claim", id, "assessment"],
    queryFn: ({ signal }) => orNull(get<Assessment>(`${path(id)}/assessment`, {}, signal)),
  });

export const packageQuery = (id: string, caseId: string) =>
  queryOptions({
    queryKey: ["claim", id, "package", caseId],
    queryFn: ({ signal }) => orNull(get<Package>(`${path(id)}/package`, { case_id: caseId }, signal)),
  });

export const seenQuery = (id: string) =>
  queryOptions({
    queryKey: ["claim", id, "seen"],
    queryFn: async ({ signal }) => (await get<{ items: Seen[] }>(`${path(id)}/seen`, {}, signal)).items,
  });

/** People by the id under which a case is kept: `key:ab12` is Ada Kern. */
export function useNames(): (id: string) => string {
  const acts = useMay("claims:act");
  const { data } = useQuery({ ...peopleQuery, enabled: acts });
  return (id) => data?.find((one) => one.id === id)?.name || id.replace(/^key:/, "key ");
}

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: async ({ signal }) => (await orNull(get<{ items: Person[] }>("/v1/people", {}, signal)))?.items ?? [],
  staleTime: 300_000,
});
