import { get } from "./api.js";
import { KINDS, count, histogram, percent, shares, spreads } from "./charts.js";
import { bars, el, redraw, section, table, tiles, usd, words } from "./dom.js";

const DIMENSIONS = { payer: "Payer", specialty: "Specialty", code: "Procedure code", forum: "Last forum", policy: "Negotiation policy" };
const UNKNOWN = { forum: "no forum", policy: "none yet" };
const SHOWN = 10;

export async function resultsView(place) {
  let by = "payer";
  const choice = el("select", { id: "by" }, Object.entries(DIMENSIONS).map(([key, name]) => el("option", { value: key }, name)));
  choice.addEventListener("change", () => { by = choice.value; draw().catch(() => {}); });
  const form = el("form", { class: "filters", onsubmit: (e) => e.preventDefault() }, el("div", {}, el("label", { for: "by" }, "Compare by"), choice));
  async function draw() {
    const [all, groups] = await Promise.all([get("/v1/portfolio/outcomes", place.signal), get(`/v1/portfolio/outcomes?by=${by}`, place.signal)]);
    if (groups.by !== by) return;  // another was chosen meanwhile
    const one = all.items[0];
    redraw(place.main, el("h1", {}, "Results"), one ? [totals(one), ...distributions(one)] : el("p", {}, "No claim yet."), form,
      ...(one ? comparison(DIMENSIONS[by], by, groups.items) : []));
  }
  await draw();
  let waiting = 0;
  place.hear = () => { waiting ||= setTimeout(() => { waiting = 0; draw().catch(() => {}); }, 3000); };
  place.signal.addEventListener("abort", () => clearTimeout(waiting));
}

function totals(one) {
  const sure = (share) => (share ? [percent(share.value), el("small", {}, `90 % sure: ${percent(share.low)} to ${percent(share.high)}`)] : "–");
  return tiles([["Claims", count(one.claims)], ["Recovered", usd(one.recovered)], ["Fees", usd(one.costs)],
    ["Uplift on all first payments", Number(one.paid_at_first) ? percent(Number(one.recovered) / Number(one.paid_at_first)) : "–"],
    ["Of each dollar short, recovered", percent(one.recovery_rate)], ["Underpaid share", sure(one.underpaid_share)],
    ["Pursuits that brought money", sure(one.won_share)], ["Pursuits ended, of all", `${count(one.ended)} of ${count(one.pursued)}`]]);
}

function distributions(one) {
  return [el("div", { class: "columns wide" },
    section("Uplift a claim, in dollars", ...histogram("Pursuits that ended, by dollars recovered", one.uplift, "dollars")),
    section("Uplift a claim, of its first payment", ...histogram("Pursuits that ended, by what was recovered as a share of the first payment", one.uplift_ratio, "ratio")),
    section("Days to cash", ...(one.days_to_cash ? histogram("Pursuits that brought money, by days until it came", one.days_to_cash, "days") : [el("p", {}, "No money has come yet.")])))];
}

function comparison(title, by, items) {
  const plain = (g) => (by === "code" || by === "policy" ? g.name : words(g.name)) || UNKNOWN[by] || "not known yet";
  const name = (g) => (by === "payer" && g.key && g.key !== g.name ? `${plain(g)} (${g.key})` : plain(g));
  const top = items.slice(0, SHOWN), low = title.toLowerCase();
  const of = (what) => top.map((g) => [name(g), what(g)]);
  const median = (s, kind) => (s ? `${KINDS[kind].text(s.median)} (${count(s.n)})` : "–");
  const read = el("p", { class: "soft" }, "In brackets: how many pursuits a figure rests on. A line across a bar is the 90 % interval of its share; "
    + "of a distribution the line goes from the 10th to the 90th percentile, the box is the middle half, the mark the median.");
  const more = items.length > SHOWN ? el("p", { class: "soft" }, `Pictures show the ${SHOWN} with most recovered; the table shows ${items.length}.`) : "";
  return [read, el("div", { class: "columns wide" },
    section(`Recovered by ${low}`, bars(`Recovered dollars by ${low}`, top.map((g) => [name(g), Math.max(Number(g.recovered), 0), usd(g.recovered)]))),
    section(`Recovery rate by ${low}`, bars(`Dollars recovered of dollars short by ${low}`,
      top.filter((g) => g.recovery_rate != null).map((g) => [name(g), Math.max(Number(g.recovery_rate), 0), `${percent(g.recovery_rate)} (${count(g.ended)})`, "won"]), 1)),
    section(`Underpaid share by ${low}`, shares(`Underpaid share of judged claims by ${low}, with its 90 % interval`, of((g) => g.underpaid_share))),
    section(`Pursuits that brought money by ${low}`, shares(`Share of ended pursuits that brought money by ${low}, with its 90 % interval`, of((g) => g.won_share))),
    section(`Uplift a claim by ${low}`, spreads(`Dollars recovered a pursuit by ${low}: median, middle half, 10th to 90th percentile`, of((g) => g.uplift), "dollars")),
    section(`Days to cash by ${low}`, spreads(`Days to cash by ${low}: median, middle half, 10th to 90th percentile`, of((g) => g.days_to_cash), "days"))), more,
  section(`By ${low}`, table(title, [[title], ["Claims", "n"], ["Underpaid", "n"], ["Ended", "n optional"], ["Brought money", "n optional"],
    ["Recovered", "n"], ["Of shortfall", "n optional"], ["Median uplift (claims)", "n optional"], ["Median of first payment", "n optional"], ["Median days to cash", "n optional"]],
  items.map((g) => [name(g), count(g.claims), percent(g.underpaid_share?.value), count(g.ended), percent(g.won_share?.value), usd(g.recovered),
    percent(g.recovery_rate), median(g.uplift, "dollars"), g.uplift_ratio ? percent(g.uplift_ratio.median) : "–", median(g.days_to_cash, "days")])))];
}
