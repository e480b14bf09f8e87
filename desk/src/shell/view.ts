/** The state of a view is its address: filters, the case that is open, the tab. All of it is text. */
import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

export type View = Readonly<Record<string, string>>;

/** What of `view` differs from nothing, as a query string in a stable order. */
export function queryOf(view: View): string {
  const pairs = Object.entries(view).filter(([, value]) => value !== "");
  return new URLSearchParams(pairs.sort(([one], [other]) => one.localeCompare(other))).toString();
}

/** The view of the address, and a way to change parts of it; "" takes a part away. */
export function useView(): [View, (changes: View, how?: { replace?: boolean }) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const view = useMemo(() => Object.fromEntries(new URLSearchParams(search)), [search]);
  const change = useCallback(
    (changes: View, how: { replace?: boolean } = {}) => {
      const now = Object.fromEntries(new URLSearchParams(location.search));
      const query = queryOf({ ...now, ...changes });
      navigate(query ? `${path}?${query}` : path, { replace: how.replace ?? false });
    },
    [navigate, path],
  );
  return [view, change];
}
