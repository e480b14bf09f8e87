import { describe, expect, it } from "vitest";
import type { CasePage, Row } from "../src/api/types.ts";
import { asked, isFiltered, listOf } from "../src/cases/filters.ts";
import { patched } from "../src/cases/rows.ts";
import { pressing } from "../src/cases/table.tsx";
import { columnFile, leftOut, type PlannedFiling, pasted, windowsOf } from "../src/filings/plan.ts";
import { meant, type Shortcut } from "../src/shell/keys.ts";
import { queryOf } from "../src/shell/view.ts";

const row = (key: string, queue = "decide"): Row => ({ key, claim_id: key.split("/")[0], queue }) as Row;
const pages = (...items: Row[]) => ({ pageParams: [""], pages: [{ items } as CasePage] });
const keys = (found: ReturnType<typeof patched>) => found.pages.flatMap((page) => page.items.map((one) => one.key));

describe("a list that something happened to", () => {
  const before = pages(row("a/1"), row("b/1"), row("b/2"), row("c/1"));
  it("changes the claim's rows in their place", () => {
    const after = patched(before, "b", [{ ...row("b/1"), move: "x" }, row("b/2")], "decide");
    expect(keys(after)).toEqual(["a/1", "b/1", "b/2", "c/1"]);
    expect(after.pages[0]?.items[1]?.move).toBe("x");
    expect(after.pages[0]?.items[0]).toBe(before.pages[0]?.items[0]);
  });
  it("drops what left the queue or is over, and keeps it where all queues are shown", () => {
    expect(keys(patched(before, "b", [row("b/1", "waiting")], "decide"))).toEqual(["a/1", "c/1"]);
    expect(keys(patched(before, "b", [row("b/1", "waiting")], ""))).toEqual(["a/1", "b/1", "c/1"]);
  });
});

describe("a view", () => {
  it("is its address, without the case that is open in it", () => {
    const view = { queue: "decide", sort: "due", case: "a/1", tab: "law", payer_id: "" };
    expect(queryOf(listOf(view))).toBe("queue=decide&sort=due");
    expect(asked(view)).toEqual({ queue: "decide", sort: "due", limit: 100 });
    expect(asked({})).toEqual({ sort: "-expected", limit: 100 });
    expect([isFiltered(view), isFiltered({ owner: "me" }), isFiltered({ q: "PCN" })]).toEqual([false, true, true]);
  });
  it.each([
    [null, ""],
    [-1, "bad"],
    [2, "bad"],
    [3, "warn"],
    [10, "warn"],
    [11, ""],
  ] as const)("a last day in %j days is %j", (days_left, tone) => expect(pressing({ days_left })).toBe(tone));
});

describe("keys", () => {
  const keysOf: Shortcut[] = ["a", "j", "mod+k"].map((key) => ({ key, what: key, run: () => undefined }));
  const press = (key: string, more: KeyboardEventInit = {}, on: EventTarget = document.body): string | undefined => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, ...more });
    Object.defineProperty(event, "target", { value: on });
    return meant(event, keysOf)?.key;
  };
  it("do nothing while somebody types, and with Ctrl or Alt mean something else", () => {
    const input = document.createElement("input");
    const box = Object.assign(document.createElement("input"), { type: "checkbox" });
    expect([
      press("a"),
      press("A"),
      press("a", {}, input),
      press("a", {}, box),
      press("a", { ctrlKey: true }),
      press("a", { altKey: true }),
    ]).toEqual(["a", "a", undefined, "a", undefined, undefined]);
    expect([
      press("k", { ctrlKey: true }),
      press("k", { metaKey: true }),
      press("k", { ctrlKey: true }, input),
      press("k"),
    ]).toEqual(["mod+k", "mod+k", "mod+k", undefined]);
  });
  it("held down move on, and decide nothing", () =>
    expect([press("j", { repeat: true }), press("a", { repeat: true })]).toEqual(["j", undefined]));
  it("can be turned off", () => {
    localStorage.setItem("single-keys-off", "1");
    expect([press("a"), press("k", { ctrlKey: true })]).toEqual([undefined, "mod+k"]);
    localStorage.clear();
  });
});

describe("filings", () => {
  const filing = (closes: string, claims: string[]): PlannedFiling => ({
    kind: "batched",
    claim_ids: claims,
    lines: 1,
    basis: "same code, 99285",
    administrative_fee: "115.00",
    entity_fee: "850.00",
    opens: "2027-06-29",
    closes,
    rule: "r",
  });
  it("stand by window, the one that closes first before the others", () => {
    const windows = windowsOf([filing("2027-07-09", ["a"]), filing("2027-07-02", ["b"]), filing("2027-07-09", ["c"])]);
    expect(windows.map((window) => [window.closes, window.filings.length])).toEqual([
      ["2027-07-02", 1],
      ["2027-07-09", 2],
    ]);
  });
  it("group what is left out by its reason", () => {
    expect(
      leftOut({
        left_out: [
          ["a", "late"],
          ["b", "cooling off"],
          ["c", "cooling off"],
        ],
      }),
    ).toEqual([
      { reason: "cooling off", claims: ["b", "c"] },
      { reason: "late", claims: ["a"] },
    ]);
  });
  it("are given as columns, with what holds a comma or quotation mark quoted", () => {
    const [head, first] = columnFile({ ...filing("2027-07-02", ["a"]), basis: 'one "day", same code' }).split("\r\n");
    expect(head).toBe('"claim_id","case_id","kind","basis"');
    expect(first).toBe('"a","","batched","one ""day"", same code"');
  });
  it("take rows that were pasted from a sheet", () => {
    expect(pasted("what\ton\tdispute\taward\nclosed\t2027-06-01\tDISP-1\t\n")).toEqual({
      rows: [{ what: "closed", on: "2027-06-01", dispute: "DISP-1" }],
      problem: "",
    });
    expect(pasted("dispute,on\nD,2027-06-01").problem).toContain("“what” is missing");
    expect(pasted("what,on").problem).toContain("no rows");
  });
});
