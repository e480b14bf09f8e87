import { get } from "./api.js";
import { bars, el, table, tiles, usd, words } from "./dom.js";

export async function resultsView(place) {
  async function draw() {
    const [all, payers, specialties] = await Promise.all([get("/v1/portfolio", place.signal),
      get("/v1/portfolio/groups?group_by=payer_id", place.signal), get("/v1/portfolio/groups?group_by=specialty", place.signal)]);
    const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");
    const groups = (title, items) => [el("h2", {}, title), el("div", { class: "card" },
      bars(`Recovered dollars by ${title}`, items.slice(0, 10).map((g) => [words(g.name) || "unknown", Number(g.recovered), usd(g.recovered)]))),
      table(title, [[title], ["Claims", "n"], ["Underpaid", "n"], ["Billed", "n optional"], ["Paid", "n"], ["Recovered", "n"]],
        items.map((g) => [words(g.name) || "unknown", g.claims, share(g.underpaid, g.claims), usd(g.billed), usd(g.paid), usd(g.recovered)]))];
    const uplift = Number(all.paid_at_first) ? share(Number(all.recovered), Number(all.paid_at_first)) : "–";
    place.main.replaceChildren(el("h1", {}, "Results"), tiles([["Claims", all.claims.toLocaleString()],
      ["Recovered", usd(all.recovered)], ["Uplift on first payment", uplift], ["Underpaid share", share(all.underpaid, all.judged)],
      ["Billed", usd(all.billed)], ["Paid", usd(all.paid)]]),
      ...groups("Payer", payers.items), ...groups("Specialty", specialties.items));
  }
  await draw();
  let waiting = 0;
  place.hear = () => { waiting ||= setTimeout(() => { waiting = 0; draw().catch(() => {}); }, 3000); };
  place.signal.addEventListener("abort", () => clearTimeout(waiting));
}
