/** Dollars, days, times and words as an American reader writes them. Money is text from the API and never a float. */

const SETTINGS = { today: new Date().toISOString().slice(0, 10), zone: "America/New_York" };

/** Take the calendar's day and time zone from the gateway: a rehearsal has another day than the browser. */
export function setCalendar(today: string | undefined, zone: string | undefined): void {
  if (today) SETTINGS.today = today;
  if (zone) SETTINGS.zone = zone;
}
export const today = (): string => SETTINGS.today;

/** Whole cents of "1234.5"; null for what is no amount. */
export function cents(amount: string | number | null | undefined): bigint | null {
  const found = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/.exec(String(amount ?? "").trim());
  if (!found) return null;
  const value = BigInt(`${found[2]}${(found[3] ?? "").padEnd(2, "0")}`);
  return found[1] ? -value : value;
}

/** "$1,234.50"; an en dash for what is unknown. */
export function usd(amount: string | number | null | undefined): string {
  const value = cents(amount);
  if (value === null) return "–";
  const text = (value < 0n ? -value : value).toString().padStart(3, "0");
  const whole = text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0n ? "−" : ""}$${whole}.${text.slice(-2)}`;
}

/** "$1,235", rounded half up, where cents are noise. */
export function dollars(amount: string | number | null | undefined): string {
  const value = cents(amount);
  if (value === null) return "–";
  const rounded = ((value < 0n ? -value : value) + 50n) / 100n;
  return usd(`${value < 0n ? "-" : ""}${rounded}`).slice(0, -3);
}

/** Dollars typed by a person ("$1,315.80") as the API takes them; null if it is no amount. */
export function typedAmount(text: string): string | null {
  const plain = text.trim().replace(/^\$\s*/, "");
  if (!/^(\d+|\d{1,3}(,\d{3})+)(\.\d{1,2})?$/.test(plain)) return null;
  return plain.replaceAll(",", "");
}

export const atMost = (one: string, other: string): boolean => (cents(one) ?? 0n) <= (cents(other) ?? 0n);

/** A share ("0.6612") in percent: "66%". */
export function percent(share: string | number | null | undefined, digits = 0): string {
  if (share === null || share === undefined || share === "") return "–";
  const value = Number(share) * 100;
  return Number.isFinite(value) ? `${value.toFixed(digits)}%` : "–";
}

const midday = (day: string): Date => new Date(`${day.slice(0, 10)}T12:00:00Z`);
const isDay = (day: string | null | undefined): day is string => !!day && /^\d{4}-\d{2}-\d{2}/.test(day);

/** "Jul 7", with the year where it is not this one. */
export function day(value: string | null | undefined): string {
  if (!isDay(value)) return "–";
  const long = value.slice(0, 4) !== SETTINGS.today.slice(0, 4);
  return midday(value).toLocaleDateString("en-US", {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
    ...(long ? { year: "numeric" } : {}),
  });
}

/** "Jul 7, 2027". */
export const fullDay = (value: string | null | undefined): string =>
  isDay(value)
    ? midday(value).toLocaleDateString("en-US", { month: "short", day: "numeric", year: "numeric", timeZone: "UTC" })
    : "–";

/** "Jul 7, 2027, 12:20 PM EDT". */
export const moment = (value: string | null | undefined): string =>
  value
    ? new Date(value).toLocaleString("en-US", {
        month: "short",
        day: "numeric",
        year: "numeric",
        hour: "numeric",
        minute: "2-digit",
        timeZone: SETTINGS.zone,
        timeZoneName: "short",
      })
    : "–";

/** Days from today to `value`, negative when it has passed. */
export const daysTo = (value: string): number =>
  Math.round((midday(value).getTime() - midday(SETTINGS.today).getTime()) / 86_400_000);

/** "10 days", "1 day", "today", "3 days late". */
export function left(days: number | null | undefined): string {
  if (days === null || days === undefined) return "";
  if (days === 0) return "today";
  const many = Math.abs(days);
  return `${many} ${many === 1 ? "day" : "days"}${days < 0 ? " late" : ""}`;
}

/** "1 case", "3 cases". */
export const count = (many: number, one: string, more = `${one}s`): string =>
  `${many.toLocaleString("en-US")} ${many === 1 ? one : more}`;

const WORDS: Record<string, string> = {
  federal_idr: "federal IDR",
  state_idr: "state IDR",
  in_idr: "in IDR",
  idr_window: "IDR window",
  qpa: "QPA",
  upheld: "upheld (against us)",
  overturned: "overturned (for us)",
  on_notice: "open negotiation notice",
  idr_offer: "IDR offer",
  paid_fairly: "paid fairly",
  commercial_appeal: "plan appeal",
  ed: "emergency department",
};

/** A code of the API in words: "open_negotiation" is "open negotiation". */
export const words = (code: string | null | undefined): string =>
  code ? (WORDS[code] ?? code.replaceAll("_", " ")) : "";

/** The same with a capital. */
export function title(code: string | null | undefined): string {
  const text = words(code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "line 1", "lines 1 and 2", "all lines in dispute". */
export function aboutLines(lines: readonly number[] | undefined): string {
  if (!lines?.length) return "all lines in dispute";
  if (lines.length === 1) return `line ${lines[0]}`;
  return `lines ${lines.slice(0, -1).join(", ")} and ${lines.at(-1)}`;
}

/** The end of a sentence that others began: with its full stop. */
export const ended = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

/** A sentence with its capital and its full stop. */
export function sentence(text: string): string {
  const plain = text.trim();
  const begun = `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  return /[.!?]$/.test(begun) || !begun ? begun : `${begun}.`;
}

/** Payer names come in EDI capitals: "HARBORVIEW DEMO HEALTH PLAN" is "Harborview Demo Health Plan". */
export function name(text: string | null | undefined): string {
  if (!text) return "";
  if (text !== text.toUpperCase() || text.length < 6) return text;
  return text
    .toLowerCase()
    .replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
    .replace(/\b(Of|And|The|For)\b/g, (word) => word.toLowerCase())
    .replace(/\b(Hmo|Ppo|Llc|Usa|Us|Bcbs|Uhc)\b/g, (word) => word.toUpperCase());
}
