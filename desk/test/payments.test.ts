import { expect, test } from "vitest";
import { candidatesOf, idOf, reasonsOf } from "../src/payments/item.ts";

test("every reason is shown with how to mend it, whether intake names one or several", () => {
  const several = {
    held_id: "h1",
    reasons: [
      { message: "a", how_to_fix: "do b" },
      { message: "c", how_to_fix: "" },
    ],
  };
  expect(reasonsOf(several)).toEqual([
    { what: "A.", fix: "Do b." },
    { what: "C.", fix: "" },
  ]);
  expect(reasonsOf({ reason: "no claim has it" })).toEqual([{ what: "No claim has it.", fix: "" }]);
  expect(reasonsOf({ reasons: [] })).toEqual([]);
});

test("a deposit's candidates are 835s and never read as claims", () => {
  expect(candidatesOf({ deposit_id: "d1", candidates: ["a1"] })).toEqual([]);
  expect(candidatesOf({ recoupment_id: "r1", candidates: ["c1"] })).toEqual([{ claim_id: "c1" }]);
  const scored = { claim_id: "c2", score: 0.9, reason: "same account" };
  expect(candidatesOf({ remittance_id: "r2", candidates: [scored] })).toEqual([scored]);
  expect(
    ["held_id", "remittance_id", "recoupment_id", "deposit_id", "advice_id"].map((id) => idOf({ [id]: "x" })),
  ).toEqual(["x", "x", "x", "x", "x"]);
});
