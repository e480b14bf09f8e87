import { describe, expect, it } from "vitest";
import {
  aboutLines,
  atMost,
  cents,
  day,
  daysTo,
  dollars,
  fullDay,
  left,
  moment,
  name,
  percent,
  setCalendar,
  title,
  typedAmount,
  usd,
  words,
} from "../src/format.ts";

describe("dollars", () => {
  it.each([
    ["1234.5", "$1,234.50"],
    ["0", "$0.00"],
    ["-0.05", "−$0.05"],
    ["1000000.00", "$1,000,000.00"],
    ["999", "$999.00"],
    ["12345678901234.56", "$12,345,678,901,234.56"],
    ["", "–"],
    [null, "–"],
    ["1.234", "–"],
    ["abc", "–"],
  ])("writes %j as %s", (amount, text) => expect(usd(amount)).toBe(text));

  it.each([
    ["1234.49", "$1,234"],
    ["1234.50", "$1,235"],
    ["-2.50", "−$3"],
    ["0.49", "$0"],
  ])("rounds %s to %s", (amount, text) => expect(dollars(amount)).toBe(text));

  it.each([
    ["$1,315.80", "1315.80"],
    ["1315.8", "1315.8"],
    [" 300 ", "300"],
    ["$ 12,345", "12345"],
    ["12,34", null],
    ["-5", null],
    ["1.234", null],
    ["", null],
    ["five", null],
  ])("takes %j as %j", (text, amount) => expect(typedAmount(text)).toBe(amount));

  it("compares by whole cents, not as text or floats", () => {
    expect(atMost("300", "300.00")).toBe(true);
    expect(atMost("300.01", "300.00")).toBe(false);
    expect(atMost("9.00", "10.00")).toBe(true);
    expect(cents("0.1")).toBe(10n);
  });
});

describe("days", () => {
  setCalendar("2027-06-27", "America/New_York");
  it.each([
    ["2027-07-07", "Jul 7"],
    ["2028-01-02", "Jan 2, 2028"],
    ["2026-12-31", "Dec 31, 2026"],
    [null, "–"],
    ["soon", "–"],
  ])("writes %j as %s", (value, text) => expect(day(value)).toBe(text));

  it("counts from the calendar's day, over a change of the clock too", () => {
    expect(daysTo("2027-07-07")).toBe(10);
    expect(daysTo("2027-06-27")).toBe(0);
    expect(daysTo("2027-11-08")).toBe(134);
    expect(fullDay("2027-07-07")).toBe("Jul 7, 2027");
  });

  it.each([
    [10, "10 days"],
    [1, "1 day"],
    [0, "today"],
    [-3, "3 days late"],
    [null, ""],
  ])("says %j as %j", (days, text) => expect(left(days)).toBe(text));

  it("names the zone of a time", () => {
    expect(moment("2027-07-07T16:20:00Z")).toBe("Jul 7, 2027, 12:20 PM EDT");
    expect(moment("2027-01-07T16:20:00Z")).toBe("Jan 7, 2027, 11:20 AM EST");
  });
});

describe("words", () => {
  it("speaks the field's words", () => {
    expect(words("federal_idr")).toBe("federal IDR");
    expect(words("open_negotiation")).toBe("open negotiation");
    expect(title("upheld")).toBe("Upheld (against us)");
    expect(percent("0.6612")).toBe("66%");
    expect(percent("0.264", 1)).toBe("26.4%");
    expect(percent(null)).toBe("–");
  });

  it.each([
    [[], "all lines in dispute"],
    [[1], "line 1"],
    [[1, 2], "lines 1 and 2"],
    [[1, 2, 4], "lines 1, 2 and 4"],
  ])("names lines %j", (lines, text) => expect(aboutLines(lines)).toBe(text));

  it.each([
    ["HARBORVIEW DEMO HEALTH PLAN", "Harborview Demo Health Plan"],
    ["BLUE CROSS OF IDAHO", "Blue Cross of Idaho"],
    ["AETNA", "AETNA"],
    ["Meridian Example Health", "Meridian Example Health"],
    ["UNITED HMO", "United HMO"],
  ])("writes payer %s as %s", (text, written) => expect(name(text)).toBe(written));
});
