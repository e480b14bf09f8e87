/** The plan of IDR filings, as a board shows it: by window, and what is left out by its reason. */

export interface PlannedFiling {
  kind: string;
  claim_ids: string[];
  case_ids?: string[];
  lines: number;
  basis: string;
  administrative_fee: string;
  entity_fee: string;
  opens: string;
  closes: string;
  rule: string;
}

export interface Plan {
  filings: PlannedFiling[];
  fees: string;
  fees_single: string;
  saving: string;
  left_out: [string, string][];
}

export interface Window {
  opens: string;
  closes: string;
  filings: PlannedFiling[];
}

/** The windows, the one that closes first before the others. */
export function windowsOf(filings: readonly PlannedFiling[]): Window[] {
  const windows = new Map<string, Window>();
  for (const filing of filings) {
    const key = `${filing.closes} ${filing.opens}`;
    const window = windows.get(key) ?? { opens: filing.opens, closes: filing.closes, filings: [] };
    window.filings.push(filing);
    windows.set(key, window);
  }
  return [...windows.entries()].sort(([one], [other]) => one.localeCompare(other)).map(([, window]) => window);
}

/** How many are left out for each reason, the most frequent first. */
export function leftOut(plan: Pick<Plan, "left_out">): { reason: string; claims: string[] }[] {
  const reasons = new Map<string, string[]>();
  for (const [claim, reason] of plan.left_out) reasons.set(reason, [...(reasons.get(reason) ?? []), claim]);
  return [...reasons.entries()]
    .map(([reason, claims]) => ({ reason, claims }))
    .sort((one, other) => other.claims.length - one.claims.length);
}

/** The claims of a filing as the federal portal's upload takes them: one a row. */
export function columnFile(filing: PlannedFiling): string {
  const rows = filing.claim_ids.map((claim, at) => [claim, filing.case_ids?.[at] ?? "", filing.kind, filing.basis]);
  return [["claim_id", "case_id", "kind", "basis"], ...rows]
    .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
    .join("\r\n");
}

/** Rows of a pasted table (tab or comma between cells) as what was told of disputes; the first row names the columns. */
export function pasted(text: string): { rows: Record<string, string>[]; problem: string } {
  const lines = text
    .trim()
    .split(/\r?\n/)
    .filter((line) => line.trim());
  const separator = lines[0]?.includes("\t") ? "\t" : ",";
  const [head = [], ...rest] = lines.map((line) =>
    line.split(separator).map((cell) => cell.trim().replace(/^"|"$/g, "")),
  );
  for (const needed of ["what", "on"])
    if (!head.includes(needed))
      return { rows: [], problem: `The first row must name the columns; “${needed}” is missing.` };
  const rows = rest.map((cells) =>
    Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ""]).filter(([, value]) => value !== "")),
  );
  return { rows, problem: rows.length ? "" : "There are no rows below the names of the columns." };
}
