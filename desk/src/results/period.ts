/** Periods that people ask for, as first and last day by the gateway's calendar. */
export interface Period {
  since: string;
  until: string;
}

const iso = (day: Date): string => day.toISOString().slice(0, 10);
const at = (day: string): Date => new Date(`${day}T12:00:00Z`);

/** The days that a name stands for on `today`; "" is all there is. */
export function periodOf(name: string, today: string): Period {
  const now = at(today);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  const day = (y: number, m: number, d: number): string => iso(new Date(Date.UTC(y, m, d, 12)));
  const quarter = Math.floor(month / 3) * 3;
  switch (name) {
    case "month":
      return { since: day(year, month, 1), until: today };
    case "last-month":
      return { since: day(year, month - 1, 1), until: day(year, month, 0) };
    case "quarter":
      return { since: day(year, quarter, 1), until: today };
    case "last-quarter":
      return { since: day(year, quarter - 3, 1), until: day(year, quarter, 0) };
    case "year":
      return { since: day(year, 0, 1), until: today };
    case "12-months":
      return { since: day(year - 1, month, now.getUTCDate() + 1), until: today };
    default:
      return { since: "", until: "" };
  }
}

export const PERIODS = [
  { id: "all", label: "All there is" },
  { id: "month", label: "This month" },
  { id: "last-month", label: "Last month" },
  { id: "quarter", label: "This quarter" },
  { id: "last-quarter", label: "Last quarter" },
  { id: "year", label: "This year" },
  { id: "12-months", label: "Last 12 months" },
  { id: "own", label: "Other days" },
];
export const COMPARED = [
  { id: "none", label: "Nothing" },
  { id: "previous", label: "The days before" },
  { id: "year", label: "A year earlier" },
];

/** "Mar 2026". */
export const monthName = (month: string): string =>
  at(`${month}-15`).toLocaleDateString("en-US", { month: "short", year: "numeric", timeZone: "UTC" });
