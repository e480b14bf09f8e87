// What a person can do to a claim: answer offers, decide what waits, read its letters.
import { fetchFile, post } from "./api.js";
import { el, section, table, usd, when, words } from "./dom.js";

export function actPanel(path, desk, say, me) {
  if (!me.scopes.includes("claims:act")) return null;
  const parts = [];
  if (desk.waiting) parts.push(waiting(path, desk.waiting, say));
  for (const offer of desk.offers.filter((o) => o.side === "payer")) parts.push(answer(path, offer, say));
  if (!parts.length) return null;
  return section("Your move", ...parts);
}

function waiting(path, w, say) {
  const reason = el("input", { id: "why", required: true, minlength: 3, maxlength: 400 });
  const decide = (approve) => act(say, `${path}/decisions/${w.decision}`, { approve, reason: reason.value },
    approve ? "Approved." : "Refused.", reason);
  return el("form", { class: "act", onsubmit: (e) => { e.preventDefault(); decide(true); } },
    el("p", {}, `The engine proposes to ${words(w.action)} at ${usd(w.amount)}; the next forum is worth ${usd(w.expected_value)}. `,
      `A ${w.role} decides by ${w.until}.`),
    w.reasons.length ? el("ul", {}, w.reasons.map((r) => el("li", {}, r))) : null,
    el("div", {}, el("label", { for: "why" }, "Reason"), reason),
    el("button", { id: "approve" }, "Approve"), el("button", { id: "refuse", type: "button", class: "quiet", onclick: () => decide(false) }, "Refuse"));
}

function answer(path, offer, say) {
  const reason = el("input", { id: `why-${offer.offer_id}`, required: true, minlength: 3, maxlength: 400 });
  const amount = el("input", { id: `amount-${offer.offer_id}`, inputmode: "decimal", pattern: "[0-9]+(\\.[0-9]{1,2})?", size: 10 });
  const to = `${path}/offers/${encodeURIComponent(offer.offer_id)}`;
  const accept = () => act(say, `${to}/accept`, { version: offer.version, reason: reason.value }, "Accepted.", reason);
  const counter = () => {
    if (!amount.value) { amount.setCustomValidity("Say the amount of your counter-offer."); amount.reportValidity(); amount.setCustomValidity(""); return; }
    act(say, `${to}/counter`, { version: offer.version, amount: amount.value, reason: reason.value }, "Countered.", reason, amount);
  };
  return el("form", { class: "act", onsubmit: (e) => { e.preventDefault(); accept(); } },
    el("p", {}, el("strong", {}, `The payer offers ${usd(offer.amount)}`), `, made ${offer.made_on}`,
      offer.expires_on ? `, open until ${offer.expires_on}` : "", offer.final ? ", said to be final" : "", "."),
    el("div", {}, el("label", { for: reason.id }, "Reason"), reason), el("button", {}, "Accept"),
    el("div", {}, el("label", { for: amount.id }, "Counter with, in dollars"), amount),
    el("button", { type: "button", class: "quiet", onclick: counter }, "Counter"));
}

async function act(say, path, body, done, ...fields) {
  if (!fields.every((field) => field.reportValidity())) return;
  try {
    await post(path, body, undefined, { "Idempotency-Key": crypto.randomUUID() });
    say(done, "good");
  } catch (error) {
    say(error.message, "problem");
  }
}

// Where the appeals case stands, who has it, and what people did and noted.
export function casePanel(path, desk, say, me) {
  const now = desk.case;
  if (!now) return null;
  const journal = now.journal.length ? el("ul", {}, now.journal.map((e) => el("li", {},
    `${when(e.at)}: ${e.who}, ${words(e.action)}`, e.reason ? `: ${e.reason}` : ""))) : null;
  const parts = [el("p", {}, el("strong", {}, now.step), ` (${words(now.forum)}; ${now.rule}). Whose move: ${words(now.whose_move)}. `,
    now.assignee ? `${now.assignee} has it.` : "Nobody has it.")];
  if (now.escalated) parts.push(el("p", { class: "problem" }, now.escalated));
  if (now.blocked_by.length) parts.push(el("p", { class: "problem" }, `Blocked by ${now.blocked_by.map(words).join(", ")}.`));
  if (me.scopes.includes("claims:act")) {
    const assignee = el("input", { id: "assignee", maxlength: 120, autocomplete: "off" });
    const note = el("input", { id: "note", required: true, maxlength: 4000, autocomplete: "off" });
    const form = (label, field, button, send) => el("form", { class: "act", onsubmit: (e) => { e.preventDefault(); send(); } },
      el("div", {}, el("label", { for: field.id }, label), field), el("button", {}, button));
    parts.push(
      form("Give it to", assignee, "Assign", () => act(say, `${path}/case/assignee`, { assignee: assignee.value }, "Assigned.", assignee)),
      form("Note, without patient data", note, "Add note", () => {
        if (!note.reportValidity()) return;
        const text = note.value;
        note.value = "";
        act(say, `${path}/case/notes`, { text }, "Noted.");
      }));
  }
  return section("The case", ...parts, journal);
}

export function letters(path, desk, say, me) {
  if (!desk.letters.length && !desk.release_letter) return null;
  const open = async (url) => {
    const tab = open_tab();
    try {
      tab.location = URL.createObjectURL(await fetchFile(url));
    } catch (error) {
      tab.close();
      say(error.message, "problem");
    }
  };
  const may = me.scopes.includes("claims:phi");  // a letter names the patient's account
  const rows = desk.letters.map((l) => [l.filed_on, words(l.forum), l.level, !may ? words(l.kind) :
    el("button", { type: "button", class: "link", id: `letter-${l.filing}-${l.kind}`, onclick: () => open(`${path}/letters/${l.filing}/${l.kind}`) }, words(l.kind))]);
  if (desk.release_letter && may) rows.push(["", "agreement", "",
    el("button", { type: "button", class: "link", id: "release", onclick: () => open(`${path}/release-letter`) }, "release letter")]);
  return section("Letters", table("Letters and exhibits, as filed", [["Filed"], ["Forum"], ["Level", "n"], ["Document"]], rows));
}

const open_tab = () => window.open("about:blank") || { close() {}, set location(url) { location.assign(url); } };
