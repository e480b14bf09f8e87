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

export const words = (code) => (code || "").replaceAll("_", " ");

// Amounts come as decimal strings and are shown from the string: no arithmetic, no floats.
export function usd(text) {
  if (text == null) return "–";
  const [whole, cents = "00"] = String(text).replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${String(text).startsWith("-") ? "−" : ""}$${grouped}.${cents.padEnd(2, "0")}`;
}

export function when(text) {
  return text ? new Date(text).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "–";
}

export function tiles(entries) {
  return el("dl", { class: "tiles" }, entries.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

export function table(caption, heads, rows) {
  const head = heads.map(([text, kind]) => el("th", { scope: "col", class: kind || false }, text));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, i) => el("td", { class: heads[i][1] || false }, cell ?? ""))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", { class: "soft" }, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

// Horizontal bars; lengths are for the eye only, the figures beside them are exact.
export function bars(label, entries, kind = "bar") {
  const most = Math.max(...entries.map(([, size]) => size), 1e-9);
  const height = entries.length * 34;
  const chart = svg("svg", { class: "bars", viewBox: `0 0 640 ${height}`, role: "img", "aria-label": label });
  entries.forEach(([name, size, text, own], i) => {
    chart.append(
      svg("rect", { class: "rail", x: 190, y: i * 34 + 6, width: 310, height: 20, rx: 3 }),
      svg("rect", { class: own || kind, x: 190, y: i * 34 + 6, width: Math.max(1, (310 * size) / most), height: 20, rx: 3 }));
    const left = svg("text", { x: 182, y: i * 34 + 21, "text-anchor": "end" });
    left.append(name.length > 26 ? `${name.slice(0, 25)}…` : name);
    const right = svg("text", { x: 508, y: i * 34 + 21 });
    right.append(text);
    chart.append(left, right);
  });
  return chart;
}
