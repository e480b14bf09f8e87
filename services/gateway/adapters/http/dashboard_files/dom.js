// Small helpers: every text goes in as text, never as HTML.
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(attribute, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}

export const words = (code) => (code || "").replaceAll("_", " ").replace(/\bidr\b/, "IDR").replace(/^on notice$/, "open negotiation notice");

// Amounts come as decimal strings and are shown from the string: no arithmetic, no floats.
export function usd(text) {
  if (text == null) return "–";
  const [whole, cents = "00"] = String(text).replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${String(text).startsWith("-") ? "−" : ""}$${grouped}.${cents.padEnd(2, "0")}`;
}

// Which lines an offer is about.
export const aboutLines = (lines) => (!lines || !lines.length ? "all lines in dispute"
  : lines.length === 1 ? `line ${lines[0]}` : `lines ${lines.slice(0, -1).join(", ")} and ${lines.at(-1)}`);

export function when(text) {
  return text ? new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "–";
}

// Puts new children in the place of the old and keeps what a person was at: focus, and what they had typed.
export function redraw(place, ...children) {
  const typed = [...place.querySelectorAll("input[id], select[id]")].map((field) => [field.id, field.value, field.defaultValue]);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(...children.flat().filter((child) => child != null && child !== ""));
  for (const [id, value, initial] of typed) {
    const field = document.getElementById(id);
    if (field && value !== initial) field.value = value;
  }
  if (focused) document.getElementById(focused)?.focus();
}

export function section(title, ...children) {
  return el("section", { class: "card", "aria-label": title }, el("h2", {}, title), ...children);
}

export function badge(state) {
  const kind = { closed: "done", paid: "done", settled: "done", paid_fairly: "done", voided: "done",
    underpaid: "hot", denied: "hot", unjudged: "hot", rejected: "hot", payer_rejected: "hot", unsuccessful: "hot" }[state] || "going";
  return el("span", { class: `badge ${kind}` }, words(state));
}

export const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");

export function tiles(entries) {
  return el("dl", { class: "tiles" }, entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function table(caption, heads, rows) {
  const head = heads.map(([text, kind]) => el("th", { scope: "col", class: kind || false }, text));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, i) => el("td", { class: heads[i][1] || false }, ...[cell ?? ""].flat()))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", { class: "hidden" }, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

// Horizontal bars; lengths are for the eye only, the figures beside them are exact.
export function bars(label, entries, whole = 0) {
  const most = whole || Math.max(...entries.map(([, size]) => size), 1e-9);
  return el("ul", { class: "bars", "aria-label": label }, entries.map(([name, size, text, kind]) => {
    const bar = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: "rail", x: 0, y: 0, width: 100, height: 10 }),
      svg("rect", { class: kind || "bar", x: 0, y: 0, width: size ? Math.max(0.5, (100 * size) / most) : 0, height: 10 }));
    return el("li", {}, el("span", { class: "name" }, name), bar, el("span", { class: "figure" }, text));
  }));
}

// Where the payer's amount stands against the fair range from floor to stretch, on one scale of dollars.
export function range(label, { floor, target, stretch, allowed, settled }) {
  const points = [["floor", floor], ["target", target], ["stretch", stretch], ["allowed", allowed], ["settled", settled]]
    .filter(([, value]) => value != null).map(([name, value]) => [name, Number(value)]);
  const at = Object.fromEntries(points);
  const most = Math.max(...points.map(([, value]) => value), 1e-9) * 1.05;
  const x = (value) => (1000 * value) / most;
  const chart = svg("svg", { class: "range", viewBox: "0 0 1000 60", preserveAspectRatio: "none", role: "img", "aria-label": label },
    svg("rect", { class: "rail", x: 0, y: 26, width: 1000, height: 8 }));
  const low = at.floor ?? at.target, high = at.stretch ?? at.target;
  if (low != null) chart.append(svg("rect", { class: "fair", x: x(low), y: 16, width: Math.max(3, x(high) - x(low)), height: 28 }));
  for (const [name, kind] of [["target", "bar"], ["allowed", "paid"], ["settled", "won"]]) {
    if (at[name] != null) chart.append(svg("rect", { class: kind, x: x(at[name]) - 3, y: 6, width: 6, height: 48 }));
  }
  const names = { allowed: "Allowed by the payer", floor: "Fair: floor", target: "Fair: target", stretch: "Fair: stretch", settled: "Settled at" };
  const kinds = { allowed: "paid", floor: "fair", target: "bar", stretch: "fair", settled: "won" };
  const legend = el("dl", { class: "legend" }, points.sort((a, b) => a[1] - b[1]).map(([name]) =>
    el("div", {}, el("dt", { class: `key ${kinds[name]}` }, names[name]), el("dd", {}, usd({ floor, target, stretch, allowed, settled }[name])))));
  return [chart, legend];
}
