// Pictures of outcomes. Lengths are for the eye; every figure stands beside its bar as text, and in the table below.
import { bars, el, svg, usd } from "./dom.js";

export const percent = (value) => (value == null ? "–" : `${(100 * Number(value)).toFixed(1)} %`);
export const count = (n) => n.toLocaleString();

const dollars = (text) => usd(text).replace(/\.00$/, "");
const upTo = (bin, unit) => (Number(bin.from) < 0.011 ? `up to ${unit(bin.to)}` : `${unit(bin.from)} – ${unit(bin.to)}`);
const whole = (value) => `${Math.round(100 * Number(value))} %`;

export const KINDS = {
  dollars: { below: () => "nothing", text: usd, between: (bin) => upTo(bin, dollars), above: (bin) => `${dollars(bin.from)} and more` },
  ratio: { below: () => "nothing", text: percent, between: (bin) => upTo(bin, whole), above: (bin) => `${whole(bin.from)} and more` },
  days: { below: (bin) => `under ${bin.to} days`, text: (v) => `${v} ${Number(v) === 1 ? "day" : "days"}`, between: (bin) => `${bin.from} – ${Number(bin.to) - 1} days`, above: (bin) => `${bin.from} days and more` },
};

// What a distribution says in words: its median with what is known of it, and where the middle half lies.
export function inWords(spread, kind) {
  const { text } = KINDS[kind];
  const sure = spread.median_low == null ? "too few claims to say how sure that is" : `90 % sure: ${text(spread.median_low)} to ${text(spread.median_high)}`;
  return `Median ${text(spread.median)} (${sure}); half of ${count(spread.n)} lie from ${text(spread.p25)} to ${text(spread.p75)}.`;
}

export function histogram(label, spread, kind) {
  if (!spread) return [el("p", {}, "No pursuit has ended yet.")];
  const name = (bin) => KINDS[kind][bin.from == null ? "below" : bin.to == null ? "above" : "between"](bin);
  return [bars(label, spread.bins.map((bin) => [name(bin), bin.claims, `${count(bin.claims)} (${percent(bin.claims / spread.n)})`,
    bin.from == null && kind !== "days" ? "paid" : "bar"])), el("p", { class: "soft" }, inWords(spread, kind))];
}

// A share with its interval: the bar is what was counted, the line what such claims come to in the long run.
export function shares(label, entries) {
  return list(label, entries.filter(([, share]) => share).map(([name, share]) => [name, [
    svg("rect", { class: "rail", x: 0, y: 0, width: 100, height: 10 }),
    svg("rect", { class: "paid", x: 0, y: 0, width: Math.max(0.5, 100 * share.value), height: 10 }),
    svg("rect", { class: "sure", x: 100 * share.low, y: 4, width: Math.max(0.5, 100 * (share.high - share.low)), height: 2 }),
  ], `${percent(share.value)} of ${count(share.whole)}`]));
}

// Distributions side by side: the line from the 10th to the 90th percentile, the box the middle half, the mark the median.
export function spreads(label, entries, kind) {
  const shown = entries.filter(([, spread]) => spread);
  const least = Math.min(0, ...shown.map(([, s]) => Number(s.p10))), most = Math.max(1e-9, ...shown.map(([, s]) => Number(s.p90)));
  const x = (value) => (100 * (Number(value) - least)) / (most - least);
  return list(label, shown.map(([name, s]) => [name, [
    svg("rect", { class: "rail", x: x(s.p10), y: 4, width: Math.max(0.5, x(s.p90) - x(s.p10)), height: 2 }),
    svg("rect", { class: "fair", x: x(s.p25), y: 1, width: Math.max(0.5, x(s.p75) - x(s.p25)), height: 8 }),
    svg("rect", { class: "bar", x: Math.min(x(s.median), 98.5), y: 0, width: 1.5, height: 10 }),
  ], `${KINDS[kind].text(s.median)} (${count(s.n)})`]));
}

function list(label, entries) {
  if (!entries.length) return el("p", {}, "Nothing to show yet.");
  return el("ul", { class: "bars", "aria-label": label }, entries.map(([name, shapes, figure]) => el("li", {},
    el("span", { class: "name" }, name), svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...shapes),
    el("span", { class: "figure" }, figure))));
}
