// What a person can do to a claim: answer offers, decide what waits, read its letters.
import { fetchFile, post } from "./api.js";
import { confirmed } from "./confirm.js";
import { aboutLines, el, section, table, usd, when, words } from "./dom.js";

export function actPanel(path, desk, say, me) {
  const acts = [desk.act, ...(desk.also_held || [])].filter(Boolean);
  const held = acts.map((one) => undoPanel(path, one, say, me)).filter(Boolean);
  if (!me.scopes.includes("claims:act")) return held;
  const busy = new Set(acts.filter((one) => one.status === "waiting").map((one) => one.case_id));  // one act at a time in a dispute
  const free = (what) => !busy.has(what.case_id);
  const parts = [
    ...[desk.waiting, ...(desk.also_waiting || [])].filter(Boolean).filter(free).map((w) => waiting(path, w, say)),
    ...desk.offers.filter((o) => o.side === "payer").filter(free).map((o) => answer(path, o, say))];
  return held.length || parts.length ? section("Your move", ...held, ...parts) : null;
}

const DOING = { accept: "accept the payer's offer of", counter: "counter with", approve: "approve the proposal at", refuse: "refuse the proposal at", decline: "decline the payer's offer of" };

// What was decided a moment ago: it is carried out when its seconds are over, and can be undone until then.
function undoPanel(path, held, say, me) {
  if (!held) return null;
  const what = `${DOING[held.act] || words(held.act)} ${usd(held.amount)} for ${aboutLines(held.lines)}`;
  if (held.status === "overtaken") return el("p", { class: "problem", id: `overtaken${held.case_id}` }, `It was too late to ${what}: ${held.problem}.`);
  if (held.status !== "waiting") return null;
  const left = el("strong", { id: `seconds-left${held.case_id}` });
  const until = performance.now() + 1000 * held.seconds_left;
  const named = held.case_id ? `?case_id=${encodeURIComponent(held.case_id)}` : "";
  const undo = el("button", { type: "button", id: `undo${held.case_id}`, onclick: () => act(say, `${path}/acts/${held.number}/undo${named}`, {}, "Undone. Nothing was sent.") }, "Undo");
  const panel = el("div", { class: "held", role: "group", "aria-label": "Can still be undone" },
    el("p", {}, `${held.by} decided to ${what}. It is carried out in `, left, "."),
    me.scopes.includes("claims:act") ? undo : null);
  const tick = () => {
    const seconds = Math.ceil((until - performance.now()) / 1000);
    left.textContent = seconds > 0 ? `${seconds} s` : "a moment";
    if (seconds <= 0) undo.disabled = true;
    if (seconds <= -1) return say("", "");  // asks again: it is carried out, or was too late
    setTimeout(() => { if (panel.isConnected) tick(); }, 500);
  };
  tick();
  return panel;
}

const reasonField = (id) => el("input", { id, required: true, minlength: 3, maxlength: 400, autocomplete: "off" });

// Enter in a field never takes a money act: these forms have no button that it could press.
const form = (...parts) => el("form", { class: "act", onsubmit: (event) => event.preventDefault() }, ...parts);
const choice = (attributes, text, ask) => el("button", { type: "button", ...attributes, onclick: ask }, text);

// Of several disputes of a claim the one that an offer or a decision is about.
const ofDispute = (what) => (what.case_id ? { case_id: what.case_id } : {});

function waiting(path, w, say) {
  const reason = reasonField(`why-decision-${w.decision}`), about = aboutLines(w.lines);
  const decide = async (approve) => {
    if (!reason.reportValidity()) return;
    const what = `${words(w.action)} at ${usd(w.amount)}`;
    if (await confirmed(approve ? `You approve: ${what} for ${about}.` : `You refuse to ${what} for ${about}.`, approve ? `Yes, ${what}` : "Yes, refuse"))
      await act(say, `${path}/decisions/${w.decision}`, { approve, reason: reason.value, ...ofDispute(w) }, approve ? "Approved." : "Refused.");
  };
  return form(
    el("p", {}, `The engine proposes to ${words(w.action)} at ${usd(w.amount)} for ${about}; the next forum is worth ${usd(w.expected_value)}. `,
      `A ${w.role} decides by ${w.until}.`),
    w.reasons.length ? el("ul", {}, w.reasons.map((r) => el("li", {}, r))) : null,
    el("div", {}, el("label", { for: reason.id }, "Reason"), reason),
    choice({}, "Approve…", () => decide(true)), choice({ class: "quiet" }, "Refuse…", () => decide(false)));
}

// Dollars as whole cents, exactly.
const cents = (dollars) => { const [whole, part = ""] = dollars.split("."); return BigInt(whole + part.padEnd(2, "0")); };

// Why an amount is no counter-offer; empty where it is one. It is said before anybody is asked to confirm it.
function noCounter(dollars, offer) {
  if (!dollars) return "Say the amount of your counter-offer.";
  if (!/^[0-9]+(\.[0-9]{1,2})?$/.test(dollars) || cents(dollars) > cents(offer.amount)) return "";
  return `A counter-offer must be above the payer's offer of ${usd(offer.amount)}. Accept that instead.`;
}

function answer(path, offer, say) {
  const key = `${offer.case_id || ""}${offer.offer_id}`, about = aboutLines(offer.lines);
  const reason = reasonField(`why-${key}`);
  const amount = el("input", { id: `amount-${key}`, inputmode: "decimal", pattern: "\\s*\\$?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\\.[0-9]{1,2})?\\s*", size: 10, autocomplete: "off" });
  const named = { offer_id: offer.offer_id, version: offer.version, ...ofDispute(offer) };
  const theirs = `the payer's offer of ${usd(offer.amount)} for ${about}`;
  const accept = async () => {
    if (!reason.reportValidity()) return;
    const doubt = offer.doubt ? ` But ${offer.doubt}.` : "";
    if (await confirmed(`You accept ${theirs}.${doubt} That ends the dispute about ${about}.`, `Yes, accept ${usd(offer.amount)}`))
      await act(say, `${path}/offers/accept`, { ...named, reason: reason.value }, "Accepted.");
  };
  const decline = async () => {
    if (!reason.reportValidity()) return;
    if (await confirmed(`You decline ${theirs}. The talks go on.`, `Yes, decline ${usd(offer.amount)}`))
      await act(say, `${path}/offers/decline`, { ...named, reason: reason.value }, "Declined.");
  };
  const counter = async () => {
    const dollars = amount.value.replace(/[$,\s]/g, "");
    amount.setCustomValidity(noCounter(dollars, offer));
    const said = amount.reportValidity();
    amount.setCustomValidity("");
    if (!said || !reason.reportValidity()) return;
    if (await confirmed(`You counter with ${usd(dollars)} for ${about}. The payer's offer of ${usd(offer.amount)} ends with it.`, `Yes, counter with ${usd(dollars)}`))
      await act(say, `${path}/offers/counter`, { ...named, amount: dollars, reason: reason.value }, "Countered.");
  };
  amount.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); counter(); } });
  return form(
    el("p", {}, el("strong", {}, `The payer offers ${usd(offer.amount)}`), ` for ${about}, made ${offer.made_on}`,
      offer.expires_on ? `, open until ${offer.expires_on}` : "", offer.final ? ", said to be final" : "", "."),
    offer.doubt ? el("p", { class: "problem" }, `This cannot be as it is said: ${offer.doubt}.`) : null,
    el("div", {}, el("label", { for: reason.id }, "Reason"), reason), choice({}, "Accept…", accept), choice({ class: "quiet" }, "Decline…", decline),
    ...(offer.doubt ? [] : [el("div", {}, el("label", { for: amount.id }, "Counter with, in dollars"), amount),
      choice({ class: "quiet" }, "Counter…", counter)]));
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

function field(id, label, attributes) {
  const input = el("input", { id, autocomplete: "off", ...attributes });
  return [input, el("div", {}, el("label", { for: id }, label), input)];
}

// A person says when the payment or denial was received: last days run from there, and with them what is still open.
function receipt(path, say) {
  const [received, receivedField] = field("received-on", "Received on", { type: "date", required: true });
  const [why, whyField] = field("received-why", "How that is known", { required: true, minlength: 3, maxlength: 400 });
  const state = async () => {
    if (![received, why].every((one) => one.reportValidity())) return;
    if (await confirmed(`You say that the payment or denial was received on ${received.value}. Every last day is counted from there.`, `Yes, received on ${received.value}`))
      await act(say, `${path}/case/notice`, { received_on: received.value, reason: why.value.trim() }, "The day is kept, and the last days follow it.");
  };
  return form(el("p", {}, el("strong", {}, "When was the payment or denial received? "), "What is still open hangs on it."),
    receivedField, whyField, choice({}, "That was the day…", state));
}

// A person says that the filing the case stands before was sent: from that day the other side's time runs.
function filing(path, now, say) {
  const [sent, sentField] = field("sent-on", "Sent on", { type: "date", required: true });
  const [reference, referenceField] = field("filing-reference", "Reference of portal, carrier or recipient", { required: true, maxlength: 120 });
  const [why, whyField] = field("unready", "If papers lack something or evidence is weak: why it was sent all the same", { maxlength: 500 });
  const states = (name) => now.attests.includes(name);
  const [conflict, conflictField] = field("no-conflict", "The proposed entity has no conflict of interest", { type: "checkbox" });
  const [cooling, coolingField] = field("cooling", "Inside a cooling-off period: why it could be initiated", { maxlength: 500 });
  const attest = async () => {
    if (![sent, reference, why].every((one) => one.reportValidity())) return;
    const body = { sent_on: sent.value, reference: reference.value.trim(), ...(why.value ? { unready_reason: why.value } : {}),
      ...(states("no_conflict") ? { no_conflict: conflict.checked } : {}),
      ...(states("cooling_off_reason") && cooling.value ? { cooling_off_reason: cooling.value } : {}) };
    if (await confirmed(`You say that this was done: ${now.step} (${words(now.forum)}), sent on ${body.sent_on} under ${body.reference}.`, `Yes, sent on ${body.sent_on}`))
      await act(say, `${path}/case/filing`, body, "Filed, as you attest.");
  };
  return form(el("p", {}, el("strong", {}, "Was it sent? "), "Say when, and under which reference; nothing is sent from here."),
    sentField, referenceField, whyField, ...(states("no_conflict") ? [conflictField] : []), ...(states("cooling_off_reason") ? [coolingField] : []), choice({}, "It was sent…", attest));
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
    if (now.blocked_by.includes("day_of_receipt")) parts.push(receipt(path, say));
    if (now.can_file) parts.push(filing(path, now, say));
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
  const rows = desk.letters.map((l) => [l.day || "–", words(l.forum), l.level, !may ? words(l.kind) :
    el("button", { type: "button", class: "link", id: `letter-${l.filing}-${l.kind}`, onclick: () => open(`${path}/letters/${l.filing}/${l.kind}${l.case_id ? `?case_id=${l.case_id}` : ""}`) }, words(l.kind)),
    [STATE[l.state] || words(l.state), l.proof ? `: ${l.proof}` : "", l.problem ? el("span", { class: "problem" }, ` ${l.problem}.`) : null,
      l.missing.length ? el("div", { class: "warn" }, `Missing ${l.missing.join("; ")}.`) : null].filter(Boolean)]);
  if (desk.release_letter && may) rows.push(["–", "agreement", "",
    el("button", { type: "button", class: "link", id: "release", onclick: () => open(`${path}/release-letter`) }, "release letter"), "To be signed"]);
  const weak = desk.letters.find((l) => l.weak_evidence);
  return section("Letters",
    weak ? el("p", { class: "problem", id: "weak" }, el("strong", {}, "Weak evidence: "), `${weak.weak_evidence}. The letter asks how the payer reached its amount.`) : null,
    table("Letters and exhibits", [["Day"], ["Forum"], ["Level", "n"], ["Document"], ["Where it is"]], rows));
}

const STATE = { draft: "Draft, not sent", queued: "Queued, not sent yet", sent: "Sent, as attested", proven: "Sent, with proof" };

const open_tab = () => window.open("about:blank") || { close() {}, set location(url) { location.assign(url); } };
