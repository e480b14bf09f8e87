/** Who is signed in, and what they may. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { ApiProblem, credential, get } from "../api/client.ts";
import { setCalendar } from "../format.ts";

export interface Me {
  id: string;
  role: string;
  tenants: string[];
  scopes: string[];
  authority: string;
  name?: string;
  undo_seconds?: number;
  time_zone?: string;
  known_tenants?: string[];
  today?: string;
  limits?: Record<string, string>;
}

/** Who the credential of this tab belongs to. */
export async function whoIs(): Promise<Me> {
  const me = await get<Me>("/v1/me");
  setCalendar(me.today, me.time_zone);
  return me;
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async () => {
    if (!credential.get()) throw new ApiProblem(401);
    return whoIs();
  },
  staleTime: 300_000,
  retry: false,
});

/** The signed-in person; only used under the shell, which does not draw pages before they are known. */
export function useMe(): Me {
  const { data } = useQuery(meQuery);
  return data ?? { id: "", role: "", tenants: [], scopes: [], authority: "" };
}

export const may = (me: Me, scope: string, everywhere = false): boolean =>
  me.scopes.includes(scope) && (!everywhere || me.tenants.includes("*"));
export const useMay = (scope: string): boolean => may(useMe(), scope);
/** A person as the header names them. */
export const called = (me: Me): string => me.name || me.id.replace(/^key:/, "key ");
