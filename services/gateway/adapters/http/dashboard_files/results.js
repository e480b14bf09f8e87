import { get } from "./api.js";
import { bars, el, redraw, section, share, table, tiles, usd, words } from "./dom.js";

export async function resultsView(place) {
  async function draw() {
    const [all, payers, specialties] = await Promise.all([get("/v1/portfolio", place.signal),
      get("/v1/portfolio/groups?group_by=payer_id", place.signal), get("/v1/portfolio/groups?group_by=specialty", place.signal)]);
    const uplift = Number(all.paid_at_first) ? share(Number(all.recovered), Number(all.paid_at_first)) : "–";
    redraw(place.main, el("h1", {}, "Results"), tiles([["Claims", all.claims.toLocaleString()],
      ["Recovered", usd(all.recovered)], ["Uplift on first payment", uplift], ["Underpaid share", share(all.underpaid, all.judged)],
      ["Billed", usd(all.billed)], ["Paid", usd(all.paid)]]),
      ...groups("Payer", payers.items), ...groups("Specialty", specialties.items));
  }
  await draw();
  let waiting = 0;
  place.hear = () => { waiting ||= setTimeout(() => { waiting = 0; draw().catch(() => {}); }, 3000); };
  place.signal.addEventListener("abort", () => clearTimeout(waiting));
}

function groups(title, items) {
  const name = (g) => (words(g.name) || "not known yet");
  const top = items.slice(0, 10);
  const underpaid = [...top].sort((a, b) => b.underpaid / b.claims - a.underpaid / a.claims);
  return [el("div", { class: "columns" },
    section(`Recovered by ${title.toLowerCase()}`, bars(`Recovered dollars by ${title.toLowerCase()}`, top.map((g) => [name(g), Number(g.recovered), usd(g.recovered)]))),
    section(`Underpaid share by ${title.toLowerCase()}`, bars(`Underpaid share of claims by ${title.toLowerCase()}`,
      underpaid.map((g) => [name(g), g.underpaid / g.claims, share(g.underpaid, g.claims), "paid"]), 1))),
  section(`By ${title.toLowerCase()}`, table(title, [[title], ["Claims", "n"], ["Underpaid", "n"], ["Billed", "n optional"], ["Paid", "n optional"], ["Recovered", "n"]],
    items.map((g) => [name(g), g.claims.toLocaleString(), share(g.underpaid, g.claims), usd(g.billed), usd(g.paid), usd(g.recovered)])))];
}
