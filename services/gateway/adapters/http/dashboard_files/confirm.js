// The step between a decision about money and its being taken: act and amount are said again.
import { el } from "./dom.js";

// Resolves to true where the person says so a second time. Enter, Escape and a click beside it mean "not yet".
export function confirmed(sentence, button) {
  const no = el("button", { type: "button", class: "quiet", autofocus: true }, "Not yet");
  const yes = el("button", { type: "button", id: "confirm" }, button);
  const box = el("dialog", { class: "card", "aria-labelledby": "confirm-what" },
    el("p", { id: "confirm-what" }, sentence), el("p", { class: "choices" }, yes, no));
  document.body.append(box);
  return new Promise((answer) => {
    yes.addEventListener("click", () => box.close("yes"));
    no.addEventListener("click", () => box.close("no"));
    box.addEventListener("click", (event) => { if (event.target === box) box.close("no"); });
    box.addEventListener("close", () => { box.remove(); answer(box.returnValue === "yes"); });
    box.showModal();
  });
}
