// What the patient is told: the letter, and links to the patient's own page.
import { get, key, post } from "./api.js";
import { el, section } from "./dom.js";

export function patientPanel(path, say) {
  const language = el("select", { id: "patient-language" }, el("option", { value: "en" }, "English"), el("option", { value: "es" }, "Spanish"));
  const links = el("ul", { id: "patient-links" });
  const made = el("p", { id: "patient-made", role: "status" });
  const attempt = async (what) => { try { await what(); } catch (error) { say(error.message, "problem"); } };

  async function letter() {
    const response = await fetch(`${path}/patient/letter`, { method: "POST", body: JSON.stringify({ language: language.value }),
      headers: { Authorization: `Bearer ${key.get()}`, "Content-Type": "application/json" } });
    if (!response.ok) throw new Error((await response.json()).detail);
    const link = el("a", { href: URL.createObjectURL(await response.blob()), download: "patient-letter.pdf" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  async function make() {
    const body = { language: language.value };
    const { url } = await post(`${path}/patient/links`, body, undefined, { "Idempotency-Key": crypto.randomUUID() });
    made.replaceChildren("For the patient only, shown this once: ", el("code", { id: "patient-url" }, url));
    await list();
  }

  async function revoke(id) {
    const response = await fetch(`${path}/patient/links/${id}`, { method: "DELETE", headers: { Authorization: `Bearer ${key.get()}` } });
    if (!response.ok) throw new Error((await response.json()).detail);
    await list();
  }

  async function list() {
    const { items } = await get(`${path}/patient/links`);
    links.replaceChildren(...items.map((l) => el("li", {}, `${l.language === "es" ? "Spanish" : "English"}, until ${l.expires_at.slice(0, 10)} `,
      l.revoked_at ? "(turned off)" : el("button", { type: "button", class: "quiet", onclick: () => attempt(() => revoke(l.link_id)) }, "Turn off"))));
  }

  const panel = section("Patient",
    el("p", {}, el("label", { for: "patient-language" }, "Language "), language, " ",
      el("button", { type: "button", id: "patient-letter", onclick: () => attempt(letter) }, "Patient letter"), " ",
      el("button", { type: "button", id: "patient-link", class: "quiet", onclick: () => attempt(make) }, "Make a link for the patient")),
    made, links);
  list().catch(() => { panel.hidden = true; });  // keys without patients:contact do not see it
  return panel;
}
