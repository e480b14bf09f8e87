import { ApiProblem, get, key, listen } from "./api.js";
import { el } from "./dom.js";
import { claimView, workView } from "./work.js";
import { opsView } from "./ops.js";
import { resultsView } from "./results.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const leave = document.getElementById("leave");
let showing = new AbortController();
let me = null;  // who is signed in

const STATES = { live: "● Live", offline: "○ Reconnecting…", off: "" };

const UNKNOWN_KEY = "This key opens nothing here. Give it whole, as it was made; who runs Recoup makes another.";

function route() {
  const [, view = "work", id = ""] = location.hash.split("?")[0].split("/");
  if (view === "claim" && id) return ["work", (place) => claimView(place, decodeURIComponent(id))];
  if (view === "results") return ["results", resultsView];
  if (view === "ops") return ["ops", opsView];
  return ["work", workView];
}

// What this key cannot open is not offered. The routes refuse it anyway; this only spares people the refusal.
async function offer() {
  me = await get("/v1/me");
  for (const link of document.querySelectorAll("nav a")) {
    link.hidden = !me.scopes.includes(link.dataset.scope) || ("everywhere" in link.dataset && !me.tenants.includes("*"));
  }
}

async function show() {
  showing.abort();
  showing = new AbortController();
  if (!key.get()) return signIn();
  leave.hidden = false;
  const { signal } = showing;
  const [name, view] = route();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const place = { main, signal, hear: () => {} };
  try {
    if (!me) await offer();
    place.me = me;
    await view(place);
    if (signal.aborted) return;
    const heading = main.querySelector("h1");
    document.title = `${heading ? heading.textContent : name} – Recoup`;
    listen(place.stream || "/v1/events", (event) => place.hear(event), (state) => { live.textContent = STATES[state]; }, signal);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiProblem && error.status === 401) return signIn(UNKNOWN_KEY);
    main.replaceChildren(el("h1", {}, "This cannot be shown"), el("p", { class: "problem", role: "alert" }, error.message));
  }
}

function signIn(message = "") {
  key.clear();
  me = null;
  for (const link of document.querySelectorAll("nav a")) link.hidden = true;
  leave.hidden = true;
  live.textContent = "";
  main.replaceChildren(document.getElementById("sign-in").content.cloneNode(true));
  const form = document.getElementById("sign-in-form");
  const problem = form.querySelector(".problem");
  problem.textContent = message;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    key.set(form.querySelector("input").value.trim());
    try {
      await offer();
      show();
    } catch (error) {
      key.clear();
      problem.textContent = error instanceof ApiProblem && error.status === 401 ? UNKNOWN_KEY : error.message;
    }
  });
  form.querySelector("input").focus();
}

leave.addEventListener("click", () => { showing.abort(); signIn(); });
addEventListener("hashchange", () => { show(); main.focus(); });
show();
