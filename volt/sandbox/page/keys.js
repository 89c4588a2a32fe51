// The keyboard. One key does one thing, and never while a person writes.

import { h } from "./dom.js";

const SECTIONS = { i: "#/", t: "#/twice", c: "#/chaos", d: "#/deliveries", n: "#/numbers" };
const KEYS = [
  ["j or ↓", "next conversation, text or delivery"],
  ["k or ↑", "the one before"],
  ["Enter", "open it, and go on within it"],
  ["Esc", "one step back; in the search, clear it"],
  ["/", "search"],
  ["r", "reply as the person"],
  ["g then i, t, c, d, n", "go to Inbox, Twice, Chaos, Deliveries, Numbers"],
  ["m", "light or dark"],
  ["?", "these keys"],
];
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

/** Whether a single letter or sign does anything: one who dictates has to be able to do without. */
const areOn = () => localStorage.getItem("keys") !== "off";

export function keyboard({ go, back, nextTheme }) {
  const dialog = document.getElementById("keys");
  dialog.append(
    h("header", {}, h("h2", { id: "keys-title" }, "Keys"),
      h("button", { type: "button", class: "quiet small", onclick: () => dialog.close() }, "Close")),
    h("label", { class: "switch" },
      h("input", { type: "checkbox", checked: areOn(), onchange: (event) => localStorage.setItem("keys", event.target.checked ? "on" : "off") }),
      "Single-key shortcuts"),
    h("dl", {}, KEYS.map(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])));
  document.getElementById("help").addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  let isGoing = false;

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (target.closest("input, textarea, select")) {
      if (key === "Escape") {
        if (target.type === "search" && target.value) {
          target.value = "";
          target.dispatchEvent(new Event("input"));
        } else target.blur();
        event.preventDefault();
      } else if (key === "ArrowDown" && target.id === "search") step(1, event);
      return;
    }
    if (key.length === 1 && !areOn()) return;
    if (isGoing) {
      isGoing = false;
      if (key in SECTIONS) return go(SECTIONS[key]);
    }
    if (key in STEPS) step(STEPS[key], event);
    else if (key === "Escape") back();
    else if (key === "/" && focus("#search", event)) return;
    else if (key === "r" && focus("#reply", event)) return;
    else if (key === "?") dialog.showModal();
    else if (key === "m") nextTheme();
    else if (key === "g") isGoing = true;
  });
}

function focus(selector, event) {
  const field = document.querySelector(selector);
  if (!field?.checkVisibility()) return false;
  event.preventDefault();
  field.focus();
  return true;
}

/** Move the focus within the list that has it; from anywhere else, into the first one that is seen. */
function step(by, event) {
  const lists = [...document.querySelectorAll(".rows, .texts, .deliveries")].filter((one) => one.checkVisibility());
  const list = lists.find((one) => one.contains(document.activeElement)) ?? lists[0];
  if (!list) return;
  event.preventDefault();
  const places = [...list.querySelectorAll("li > a, .meta a, summary")];
  const now = places.findIndex((place) => place.closest("li").contains(document.activeElement));
  const current = places.findIndex((place) => place.hasAttribute("aria-current"));
  const from = now >= 0 ? now : current;
  const to = from < 0 ? (by > 0 ? 0 : places.length - 1) : Math.min(Math.max(from + by, 0), places.length - 1);
  places[to]?.focus();
  places[to]?.scrollIntoView({ block: "nearest" });
}
