import { get, post } from "./api.js";
import { badge, bars, el, redraw, section, table, tiles, when, words } from "./dom.js";

export async function opsView(place) {
  let timer = 0, waiting = 0;
  const said = el("p", { role: "status", "aria-live": "polite" });
  async function replay(service) {
    try {
      const { handled, parked } = await post(`/v1/ops/replay?service=${encodeURIComponent(service)}`, {}, place.signal);
      said.className = parked ? "problem" : "good";
      said.textContent = `${service}: ${handled} handled, ${parked} still parked.`;
    } catch (error) {
      said.className = "problem";
      said.textContent = error.message;
    }
    await draw();
  }
  const none = (text) => el("p", { class: "good" }, text);
  async function draw() {
    const [ops, lag, all] = await Promise.all([get("/v1/ops", place.signal), get("/v1/lag", place.signal), get("/v1/portfolio", place.signal)]);
    const letters = ops.dead_letters.reduce((sum, l) => sum + l.announced, 0);
    const latency = all.latency.received_to_flagged;
    redraw(place.main, el("h1", {}, "Operations"), said,
      ops.ended_lists.map((l) => el("p", { class: "problem", role: "alert" },
        `The code list ${l.name} (${l.version}) ended on ${l.valid_to}, ${l.days} days ago. Load the newer release.`)),
      lag.broker ? "" : el("p", { class: "problem", role: "alert" }, "The broker does not answer."),
      tiles([["Behind the log", lag.behind == null ? "–" : `${lag.behind.toLocaleString()} events`], ["Dead letters", letters],
        ["Illegal transitions", all.illegal_transitions], ["Deadlines within 3 days", ops.deadlines_due],
        ["Received → flagged, p99", latency.p99 == null ? "–" : `${latency.p99.toFixed(2)} s`], ["Parked in the gateway", ops.parked_here]]),
      el("div", { class: "columns" },
        section("Flow in the last minute", ops.flow.length ? bars("Events per service in the last minute",
          ops.flow.map((f) => [f.service, f.last_minute, f.last_minute.toLocaleString()])) : el("p", {}, "No event yet.")),
        section("Claims by state", bars("Claims by state", Object.entries(all.by_state).map(([s, n]) => [words(s), n, n.toLocaleString()])))),
      section("Dead letters", ops.dead_letters.length ? table("What services refused, by reason",
        [["Service"], ["Reason"], ["Letters", "n"], ["Newest"], ["Detail", "optional"], ["Action"]],
        ops.dead_letters.map((l, i) => [l.service, words(l.reason), l.announced, when(l.newest_at), l.detail,
          place.me.scopes.includes("ops:act") ? el("button", { type: "button", class: "quiet", id: `replay-${i}`, onclick: () => replay(l.service) }, "Replay",
            el("span", { class: "hidden" }, ` ${l.service}`)) : "–"])) : none("None.")),
      section("Stuck claims", ops.stuck.length ? table("Claims in a passing state for over an hour", [["State"], ["Claims", "n"], ["Oldest"]],
        ops.stuck.map((s) => [badge(s.state), s.claims, when(s.oldest_at)])) : none("None.")),
      section("Illegal transitions", ops.illegal.length ? table("The latest", [["Claim"], ["Event"], ["While"], ["Recorded"]],
        ops.illegal.map((i) => [el("a", { href: `#/claim/${i.claim_id}`, id: `illegal-${i.claim_id}-${i.position}` }, i.claim_id.slice(0, 8)),
          i.type, words(i.state), when(i.recorded_at)])) : none("None.")));
  }
  // Events draw at once, a second apart at most; a quiet system is still looked at every five.
  const soon = (pause) => { clearTimeout(timer); timer = setTimeout(() => draw().catch(() => {}).finally(() => { waiting = 0; if (!place.signal.aborted) soon(5000); }), pause); };
  await draw();
  soon(5000);
  place.hear = () => { if (!waiting) { waiting = 1; soon(1000); } };
  place.signal.addEventListener("abort", () => clearTimeout(timer));
}
