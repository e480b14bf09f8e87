import { get } from "./api.js";
import { bars, el, table, tiles, when, words } from "./dom.js";

export async function opsView(place) {
  let timer = 0;
  async function draw() {
    const [ops, lag, all] = await Promise.all([get("/v1/ops", place.signal), get("/v1/lag", place.signal), get("/v1/portfolio", place.signal)]);
    const letters = ops.dead_letters.reduce((sum, l) => sum + l.announced, 0);
    const latency = all.latency.received_to_flagged;
    place.main.replaceChildren(el("h1", {}, "Operations"),
      lag.broker ? "" : el("p", { class: "problem", role: "alert" }, "The broker does not answer."),
      tiles([["Behind the log", lag.behind == null ? "–" : `${lag.behind.toLocaleString()} events`], ["Dead letters announced", letters],
        ["Illegal transitions", all.illegal_transitions], ["Deadlines within 3 days", ops.deadlines_due],
        ["Received → flagged, p99", latency.p99 == null ? "–" : `${latency.p99} s`], ["Parked in the gateway", ops.parked_here]]),
      el("h2", {}, "Flow in the last minute"),
      el("div", { class: "card" }, bars("Events per service in the last minute", ops.flow.map((f) => [f.service, f.last_minute, `${f.last_minute} events`]))),
      el("h2", {}, "Claims by state"),
      el("div", { class: "card" }, bars("Claims by state", Object.entries(all.by_state).map(([s, n]) => [words(s), n, n.toLocaleString()]))),
      el("h2", {}, "Stuck claims"),
      ops.stuck.length ? table("Claims in a passing state for over an hour", [["State"], ["Claims", "n"], ["Oldest"]],
        ops.stuck.map((s) => [words(s.state), s.claims, when(s.oldest_at)])) : el("p", { class: "good" }, "None."),
      el("h2", {}, "Dead letters"),
      ops.dead_letters.length ? table("By service and reason; bring them back with: recoup replay", [["Service"], ["Reason"], ["Announced", "n"], ["Newest"], ["Detail"]],
        ops.dead_letters.map((l) => [l.service, words(l.reason), l.announced, when(l.newest_at), l.detail])) : el("p", { class: "good" }, "None."),
      el("h2", {}, "Illegal transitions"),
      ops.illegal.length ? table("The latest", [["Claim"], ["Event"], ["While"], ["Recorded"]],
        ops.illegal.map((i) => [el("a", { href: `#/claim/${i.claim_id}` }, i.claim_id.slice(0, 8)), i.type, words(i.state), when(i.recorded_at)])) : el("p", { class: "good" }, "None."));
  }
  const again = () => { timer = setTimeout(() => draw().catch(() => {}).finally(() => { if (!place.signal.aborted) again(); }), 2000); };
  await draw();
  again();
  place.signal.addEventListener("abort", () => clearTimeout(timer));
}
