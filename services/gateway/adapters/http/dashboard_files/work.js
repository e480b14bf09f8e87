import { get, post } from "./api.js";
import { actPanel, casePanel, letters } from "./act.js";
import { patientPanel } from "./patient.js";
import { aboutLines, badge, el, range, redraw, section, table, tiles, usd, when, words } from "./dom.js";

const soonest = (deadlines) => {
  const [first] = [...deadlines].sort((a, b) => a.on.localeCompare(b.on));
  return first ? [el("span", { class: "day" }, first.on), " ", words(first.kind)] : "";
};

const STATES = ["received", "payer_rejected", "adjudicated", "underpaid", "denied", "unjudged", "in_appeal", "negotiating", "in_idr",
  "unsuccessful", "settled", "paid", "paid_fairly", "voided", "rejected", "closed"];

const WAITING = "waiting";  // the list of tasks, not a search

export async function workView(place) {
  const field = (name, label, control) => el("div", {}, el("label", { for: name }, label), control);
  const state = el("select", { id: "state" }, el("option", { value: "" }, "any state"),
    STATES.map((s) => el("option", { value: s }, words(s))));
  const acts = place.me.scopes.includes("claims:act");
  const sort = el("select", { id: "sort" }, acts ? el("option", { value: WAITING }, "what waits for us") : null,
    el("option", { value: "next_deadline" }, "claims by next deadline"), el("option", { value: "-received_at" }, "newest claims"),
    el("option", { value: "received_at" }, "oldest claims"));
  const control = el("input", { id: "control", autocomplete: "off" });
  const payer = el("input", { id: "payer", autocomplete: "off" });
  const notice = el("div", { "aria-live": "polite" });
  const found = el("div", { "aria-live": "polite" });
  const more = el("button", { type: "button", hidden: true }, "More");
  const form = el("form", { class: "filters", onsubmit: (e) => { e.preventDefault(); search(); } },
    field("control", "Patient control number", control), field("payer", "Payer id", payer),
    field("state", "State", state), field("sort", "Show", sort), el("button", {}, "Search"));
  place.main.replaceChildren(el("h1", {}, "Worklist"), form, notice, found, el("p", {}, more));
  let items = [], next = null, asked = 0;

  async function search(cursor = "") {  // whether there is something to look at
    const mine = asked += 1;  // an answer that comes after a later question was asked is nobody's any more
    if (control.value || payer.value || state.value) leaveTasks();  // who looks for a claim looks among all
    const tasks = sort.value === WAITING;
    try {
      const page = tasks ? await get(`/v1/tasks?limit=50&cursor=${encodeURIComponent(cursor)}`, place.signal)
        : await post("/v1/claims/search", wanted(cursor), place.signal);
      if (mine !== asked) return true;
      items = cursor ? [...items, ...page.items] : page.items;
      next = page.next;
      more.hidden = !next;
      notice.replaceChildren(...(tasks ? howMany(items, page) : []));
      found.replaceChildren(...(tasks ? taskTable(items) : claimTable()));
    } catch (error) {
      if (place.signal.aborted || mine !== asked) return true;
      found.replaceChildren(el("p", { class: "problem", role: "alert" }, error.message));
      return true;
    }
    return items.length > 0;
  }

  function leaveTasks() {
    if (sort.value === WAITING) sort.value = "-received_at";
  }

  function wanted(cursor) {
    const body = { sort: sort.value, limit: 50 };
    if (control.value) body.patient_control_number = control.value;
    if (payer.value) body.payer_id = payer.value;
    if (state.value) body.state = [state.value];
    if (cursor) body.cursor = cursor;
    return body;
  }

  function claimTable() {
    if (!items.length) return [el("p", {}, sort.value === "next_deadline"
      ? "No claim with an open deadline fits. Choose another order to see all claims." : "No claim fits.")];
    return [el("p", { class: "soft" }, `${items.length}${next ? " and more" : ""} ${items.length === 1 ? "claim" : "claims"}`), table(`Claims: ${items.length}${next ? " and more" : ""}`,
      [["Claim"], ["State"], ["Next deadline"], ["Payer", "optional"], ["Billed", "n optional"], ["Paid", "n optional"], ["Recovered", "n optional"]],
      items.map((c) => [el("a", { href: `#/claim/${c.claim_id}` }, c.patient_control_number || c.claim_id.slice(0, 8)),
        badge(c.state), soonest(c.deadlines), c.payer.name || c.payer.id, usd(c.amounts.billed), usd(c.amounts.paid),
        usd(c.amounts.recovered)]))];
  }
  more.addEventListener("click", () => search(next));
  sort.addEventListener("change", () => search());
  if (await search()) return;
  const said = [...notice.children];  // nothing waits, or nobody can say: that stays, with the newest claims below
  sort.value = "-received_at";
  await search();
  notice.replaceChildren(...said);
}

// How many tasks there are; what a service did not tell is said, never left out in silence.
function howMany(items, page) {
  const parts = page.unavailable.length ? [el("p", { class: "problem", role: "alert" },
    `This list is not whole: ${page.unavailable.map(words).join(" and ")} cannot be asked now.`)] : [];
  const many = page.total ? `${page.total} ${page.total === 1 ? "task waits" : "tasks wait"} for us` : "Nothing waits for us";
  if (page.total || !parts.length) parts.push(el("p", { class: "soft", id: "how-many" }, `${many}${items.length < page.total ? `; the first ${items.length} are shown` : ""}.`));
  return [...parts, ...unmatched(page.unmatched)];
}

function taskTable(items) {
  return items.length ? [table("What waits for us",
    [["Day"], ["What to do"], ["Claim"], ["At stake", "n"], ["Payer", "optional"], ["Forum", "optional"], ["Who", "optional"]],
    items.map((t) => [dayOf(t), taskOf(t), el("a", { href: `#/claim/${t.claim_id}` }, t.patient_control_number || t.claim_id.slice(0, 8)),
      usd(t.at_stake), t.payer_name || t.payer_id, words(t.forum), t.assignee || (t.source === "account" ? t.role : "nobody")]))] : [];
}

function unmatched(counts) {
  const names = { held: ["payment held", "payments held"], remittances: ["payment without a claim", "payments without a claim"],
    recoupments: ["recoupment without a claim", "recoupments without a claim"], requests: ["request for records without a claim", "requests for records without a claim"] };
  const told = Object.entries(names).filter(([kind]) => counts && counts[kind]).map(([kind, [one, many]]) => `${counts[kind]} ${counts[kind] === 1 ? one : many}`);
  return told.length ? [el("p", { class: "soft", id: "unmatched" }, `Beside these: ${told.join(", ")}; see `, el("code", {}, "recoup worklist"), " or ", el("code", {}, "/v1/worklist/held"), ".")] : [];
}

function dayOf(t) {
  if (!t.day) return "no day";
  const left = t.days_left, days = (n) => `${n} ${n === 1 ? "day" : "days"}`;
  const when = left < 0 ? el("small", { class: "bad" }, `${days(-left)} overdue`) : el("small", { class: left < 6 ? "warn" : "soft" }, left ? `in ${days(left)}` : "today");
  return [el("span", { class: "day" }, t.day), el("br"), when,
    t.opens && t.opens < t.day ? el("small", { class: "soft" }, ", from ", el("span", { class: "day" }, t.opens)) : "",
    t.last ? el("small", { class: "soft" }, ", by law ", el("span", { class: "day" }, t.last)) : ""];
}

function taskOf(t) {
  const also = t.also.map((o) => `${o.task}${o.day ? ` (${o.day})` : ""}`).join("; ");
  return [t.task, el("br"), el("small", { class: "soft" }, t.why), also ? [el("br"), el("small", { class: "soft" }, `also: ${also}`)] : ""];
}

export async function claimView(place, id) {
  const path = `/v1/claims/${encodeURIComponent(id)}`;
  place.stream = `${path}/events`;
  const said = el("p", { role: "status", "aria-live": "polite" });
  const say = (text, kind) => { said.className = kind; said.textContent = text; draw().catch(() => {}); };
  const patient = place.me.scopes.includes("patients:contact") ? patientPanel(path, say) : null;  // made once: a link that is shown this once survives a redraw
  async function draw() {
    const [claim, line, desk] = await Promise.all([get(path, place.signal), get(`${path}/timeline?limit=500`, place.signal),
      get(`${path}/desk`, place.signal).catch(() => ({ offers: [], letters: [], unavailable: ["desk"] }))]);
    redraw(place.main, head(claim), said, actPanel(path, desk, say, place.me), casePanel(path, desk, say, place.me), ...details(claim), letters(path, desk, say, place.me), patient, story(line.items));
  }
  let waiting = 0;
  place.hear = () => { clearTimeout(waiting); waiting = setTimeout(() => draw().catch(() => {}), 300); };
  await draw();
}

function head(claim) {
  const a = claim.amounts;
  return [el("p", {}, el("a", { href: "#/work", id: "back" }, "← Worklist")),
    el("h1", {}, `Claim ${claim.patient_control_number || claim.claim_id.slice(0, 8)} `, badge(claim.state)),
    el("p", { class: "soft" }, `${claim.payer.name} (${claim.payer.id}) · service ${claim.service.from || "–"} · ${words(claim.specialty) || "specialty unknown"} · `,
      el("code", {}, claim.claim_id), claim.masked ? " · account numbers are hidden from this key" : ""),
    tiles([["Billed", usd(a.billed)], ["Allowed", usd(a.allowed)], ["Paid at first", usd(a.paid_at_first)],
      ["Paid", usd(a.paid)], ...(Number(a.deposited) ? [["In the bank", usd(a.deposited)]] : []), ["Recovered", usd(a.recovered)], ["Patient share", usd(a.patient_share)],
      ...(Number(a.paid_by_others) ? [["Paid by others", usd(a.paid_by_others)]] : [])])];
}

function details(claim) {
  const rows = [];
  const judged = claim.assessment;
  if (judged && judged.target) rows.push(section("Against the benchmark",
    ...range("Where the allowed amount stands against the fair range", { ...judged, allowed: claim.settlement ? null : claim.amounts.allowed,
      settled: claim.settlement ? claim.settlement.amount : null }),
    el("ul", {}, (judged.reasons || []).map((reason) => el("li", {}, reason)))));
  if (claim.deadlines.length) rows.push(section("Deadlines", el("ul", {}, [...claim.deadlines]
    .sort((a, b) => a.on.localeCompare(b.on)).map((d) => el("li", {}, el("strong", {}, d.on), ` ${words(d.kind)}`)))));
  if (claim.offers.length) rows.push(section("Offers", table("Offers and counter-offers",
    [["Day"], ["From"], ["Round", "n"], ["Amount", "n"], ["For"], ["Open until"]],
    claim.offers.map((o) => [o.on, o.by === "payer" ? "payer" : "us", o.round, usd(o.amount), aboutLines(o.lines), o.expires_on]))));
  if (claim.cases.length) rows.push(section("Appeals and disputes", table("Steps of the pursuit",
    [["Opened"], ["Forum"], ["Level", "n"], ["Sought", "n"], ["Outcome"], ["Awarded", "n"]],
    claim.cases.map((c) => [c.opened_on, words(c.forum), c.level, usd(c.sought), words(c.outcome) || "open", usd(c.awarded)]))));
  return rows;
}

function story(timeline) {
  return section("Timeline", el("ol", { class: "timeline" }, timeline.map((e) =>
    el("li", { class: e.legal ? false : "illegal" }, el("time", { datetime: e.occurred_at }, when(e.occurred_at)), " ",
      e.state_before === e.state_after ? "" : badge(e.state_after), el("br"), e.sentence,
      e.legal ? null : el("strong", { class: "bad" }, ` Not allowed while ${words(e.state_before)}; recorded, no effect.`)))));
}
