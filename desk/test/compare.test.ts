import { describe, expect, it } from "vitest";
import { labelOf, shareOf } from "../src/results/compare.tsx";

describe("what pursuits are compared by", () => {
  it.each([
    ["forum", "open_negotiation", "Open negotiation"],
    ["forum", "", "No forum"],
    ["code", "99285", "99285"],
    ["policy", "standard@1", "standard@1"],
    ["policy", "", "None yet"],
    ["specialty", "", "Not known yet"],
  ])("by %s, %j is %s", (by, name, said) => expect(labelOf(by, { name })).toBe(said));

  it("says what a share rests on, and its range", () =>
    expect(shareOf({ part: 1, whole: 2, value: "0.5000", low: "0.1345", high: "0.8655" })).toBe(
      "50.0% of 2 (13%–87%)",
    ));
  it("says nothing of nothing", () => expect(shareOf(null)).toBe("–"));
});
