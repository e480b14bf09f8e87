import { describe, expect, it } from "vitest";
import type { CaseNow, JournalEntry, Offer, Row, TimelineEntry, Waiting } from "../src/api/types.ts";
import { folded, happenings } from "../src/case/activity.tsx";
import { ACTS, GROUPS } from "../src/case/acts.ts";
import { type Meant, request, said } from "../src/case/confirm.tsx";
import { noCounter } from "../src/case/decision.tsx";
import { namesPatient, read } from "../src/case/form.ts";
import { formFor, whyOf } from "../src/case/move.tsx";
import { rowsOf } from "../src/case/picture.tsx";

const offer: Offer = {
  offer_id: "c1/2",
  version: 3,
  side: "payer",
  amount: "877.20",
  made_on: "2027-06-20",
  expires_on: "2027-07-07",
  final: false,
  case_id: "d1",
  lines: [1, 2],
  doubt: "",
};
const waiting: Waiting = {
  decision: 7,
  action: "accept",
  amount: "877.20",
  expected_value: "441.92",
  role: "manager",
  until: "2027-07-05",
  reasons: [],
  case_id: "",
  lines: [],
};
const meant = (act: Meant["act"]): Meant => ({ act, offer, waiting, target: "1315.80" });

describe("an answer to an offer", () => {
  it("names the offer in the body, whatever its id holds, with its version and dispute", () => {
    expect(request(meant("accept"), "why", "")).toEqual({
      path: "offers/accept",
      body: { offer_id: "c1/2", version: 3, reason: "why", case_id: "d1" },
    });
  });
  it("counters with the amount that was typed, and with nothing else", () => {
    expect(request(meant("counter"), "why", "1315.80").body).toEqual({
      offer_id: "c1/2",
      version: 3,
      reason: "why",
      case_id: "d1",
      amount: "1315.80",
    });
    expect(request(meant("decline"), "why", "1315.80").body).not.toHaveProperty("amount");
  });
  it.each([
    ["approve", true],
    ["refuse", false],
  ] as const)("%s answers the decision that waits", (act, approve) => {
    expect(request(meant(act), "why", "")).toEqual({ path: "decisions/7", body: { approve, reason: "why" } });
  });
  it.each([
    [
      "accept",
      "You accept the payer’s offer of $877.20 for lines 1 and 2. That ends the dispute about all lines in dispute.",
    ],
    ["counter", "You counter with $1,315.80"],
    ["decline", "You refuse the payer’s offer of $877.20"],
    ["approve", "You approve: accept at $877.20"],
    ["refuse", "You refuse the proposal to accept at $877.20"],
  ] as const)("%s says act and amount again", (act, words) => {
    expect(
      said({ ...meant(act), waiting: act === "approve" || act === "refuse" ? waiting : undefined }, "1315.80"),
    ).toContain(words.split(". That")[0]);
  });
  it.each([
    ["300", "877.20"],
    ["877.2", "877.20"],
    ["0", "0.00"],
  ])("%s is no counter to %s", (amount, theirs) =>
    expect(noCounter(amount, { amount: theirs })).toContain("must be above"),
  );
  it("takes a cent more, and not what is no amount", () => {
    expect(noCounter("877.21", offer)).toBe("");
    expect(noCounter(null, offer)).toContain("Say an amount");
  });
});

describe("a form of an act", () => {
  const act = (id: string, to = "") => {
    const found = ACTS.find((one) => one.id === id && one.to.startsWith(to));
    if (!found) throw new Error(id);
    return found;
  };
  it("reads dollars, days, lines and choices, and leaves out what was not given", () => {
    const { body, errors } = read(act("offers"), {
      came_by: "telephone",
      amount: "$1,315.80",
      offered_on: "2027-06-01",
      final: "yes",
      lines: "1, 2",
    });
    expect(errors).toEqual({});
    expect(body).toEqual({
      came_by: "telephone",
      amount: "1315.80",
      offered_on: "2027-06-01",
      final: true,
      lines: [1, 2],
    });
  });
  it("nests what belongs together", () => {
    const { body } = read(act("facts"), {
      consent: "no",
      "plan.funding": "insured",
      "plan.state": "TX",
      reason: "the card",
    });
    expect(body).toEqual({ consent: false, plan: { funding: "insured", state: "TX" }, reason: "the card" });
    expect(read(act("records"), { request_id: "r", "documents.0.reference": "dms:1" }).body).toEqual({
      request_id: "r",
      documents: [{ reference: "dms:1" }],
    });
  });
  it.each([
    ["offers", { came_by: "telephone", amount: "12,34", offered_on: "2027-06-01" }, ["amount"]],
    ["offers", { came_by: "telephone", amount: "5", offered_on: "June 1" }, ["offered_on"]],
    ["offers", { came_by: "telephone", amount: "5", offered_on: "2027-06-01", lines: "one" }, ["lines"]],
    ["law", { law: "state", reason: "no" }, ["reason"]],
    ["law", {}, ["law", "reason"]],
  ])("%s with %j wants %j", (id, typed, wrong) => expect(Object.keys(read(act(id), typed).errors)).toEqual(wrong));
  it("takes a case back with an empty name", () => expect(read(act("assignee"), {}).body).toEqual({ assignee: "" }));
  it("has a group, and a way of its own to the API", () => {
    for (const one of ACTS) expect(GROUPS).toContain(one.group);
    expect(new Set(ACTS.map((one) => one.to)).size).toBe(ACTS.length);
  });
});

describe("notes", () => {
  it.each(["Patient John Smith DOB 1/2/1980", "ssn 123-45-6789", "Date of birth is missing", "123-45-6789"])(
    "warns of %j",
    (note) => expect(namesPatient(note)).toBe(true),
  );
  it.each(["asked for the plan document", "the plan's desk called on 2027-06-01", "Patient responsibility is $40"])(
    "lets %j be",
    (note) => expect(namesPatient(note)).toBe(false),
  );
});

describe("activity", () => {
  const event = (position: number, occurred_at: string, sentence = "x"): TimelineEntry => ({
    position,
    event_id: "",
    type: "",
    source: "",
    occurred_at,
    state_before: "a",
    state_after: "a",
    legal: true,
    sentence,
  });
  const entry: JournalEntry = { at: "2027-06-02T00:00:00Z", who: "Ada Kern", action: "note", reason: "called" };
  it("is newest first, and keeps the order of what happened in one moment", () => {
    const all = happenings(
      [event(1, "2027-06-01T00:00:00Z"), event(2, "2027-06-03T00:00:00Z"), event(3, "2027-06-03T00:00:00Z")],
      [entry],
    );
    expect(all.map((one) => one.id)).toEqual(["e3", "e2", "j0", "e1"]);
    expect(all[2]).toMatchObject({ who: "Ada Kern", what: "Note: called" });
  });
  it("folds the engine's own words behind their first clause", () => {
    const text = `the offer of $1,095.03 is worth $243.02, the next step $441.92; federal_idr: chance 0.6000 (0.2396 to 0.9604) of 2163.83, fees 15.00 and 520.00 if lost, work 105.00`;
    expect(folded(text)[0]).toBe("The offer of $1,095.03 is worth $243.02, the next step $441.92.");
    expect(folded(text)[1]).toContain("0.2396");
    expect(folded("paid in full")).toEqual(["Paid in full.", ""]);
  });
});

describe("the picture", () => {
  it.each([
    [
      [0, 300, 600],
      [0, 0, 0],
    ],
    [
      [0, 40, 300],
      [0, 1, 0],
    ],
    [
      [100, 110, 120],
      [0, 1, 2],
    ],
    [[], []],
  ])("labels at %j stand in rows %j", (places, rows) => expect(rowsOf(places, 108)).toEqual(rows));
});

describe("what is missing", () => {
  it.each([
    ["day_of_receipt", "notice"],
    ["assignment_of_benefits", "facts"],
    ["medical_records", "attachments"],
    ["governing_law", "law"],
  ])("%s is given by the form %s", (missing, form) => expect(formFor(missing)).toBe(form));
});

describe("whose move it is", () => {
  const now = { whose_move: "payer", rule: "45 CFR 149.510(b)(1)(i)" } as CaseNow;
  it.each([
    [{ why: "the payer has 30 days" } as Row, now, "the payer has 30 days"],
    [undefined, now, "payer to move, by 45 CFR 149.510(b)(1)(i)"],
    [undefined, { ...now, rule: "" }, "payer to move"],
    [undefined, { ...now, whose_move: "nobody", rule: "" }, ""],
    [undefined, null, ""],
  ])("is said once and never of an ended dispute", (row, at, said) => expect(whyOf(row, at)).toBe(said));
});
