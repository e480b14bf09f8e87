import { describe, expect, it } from "vitest";
import { monthName, periodOf } from "../src/results/period.ts";

describe("periods", () => {
  it.each([
    ["month", "2026-11-30", "2026-11-01", "2026-11-30"],
    ["last-month", "2026-03-31", "2026-02-01", "2026-02-28"],
    ["last-month", "2026-01-15", "2025-12-01", "2025-12-31"],
    ["quarter", "2026-05-20", "2026-04-01", "2026-05-20"],
    ["last-quarter", "2026-01-15", "2025-10-01", "2025-12-31"],
    ["year", "2026-05-20", "2026-01-01", "2026-05-20"],
    ["12-months", "2026-05-20", "2025-05-21", "2026-05-20"],
    ["all", "2026-05-20", "", ""],
  ])("%s on %s", (name, today, since, until) => {
    expect(periodOf(name, today)).toEqual({ since, until });
  });
  it("names a month", () => expect(monthName("2026-03")).toBe("Mar 2026"));
});
