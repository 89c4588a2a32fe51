// The page: which section is shown, what is live, and the bar above.

import { get, listen } from "./api.js";
import { chaos } from "./chaos.js";
import { deliveries } from "./deliveries.js";
import { icon, isFocusGone, paced } from "./dom.js";
import { inbox, newsOf } from "./inbox.js";
import { keyboard } from "./keys.js";
import { numbers } from "./numbers.js";
import { twice } from "./requests.js";

const LIVE_WORDS = { live: "Live", away: "Reconnecting", connecting: "Connecting" };
const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = {
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  light: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4",
  dark: "M16.5 11.7A7 7 0 0 1 8.3 3.5a7 7 0 1 0 8.2 8.2",
};
const byId = (id) => document.getElementById(id);

const context = {
  state: { senders: [] }, // until it is read
  go: (hash) => (location.hash = hash),
};
const sections = { inbox, twice, chaos, deliveries, numbers };
const made = {};
let shown;

function parts() {
  try {
    return location.hash.slice(2).split("/").map(decodeURIComponent);
  } catch {
    return []; // a place that somebody wrote by hand
  }
}

function route() {
  const [first, ...rest] = parts();
  if (first === "c" && rest.length > 1) return { section: "inbox", own: rest[0], person: rest[1], id: rest[2] };
  return first in sections ? { section: first, id: rest[0] } : { section: "inbox" };
}

function show() {
  const to = route();
  const hadFocus = document.activeElement !== document.body;
  const isBack = to.section in made && made[to.section] !== shown;
  const view = (made[to.section] ??= sections[to.section](context));
  if (view !== shown) {
    byId("main").replaceChildren(view.element);
    byId("main").dataset.section = to.section;
    shown = view;
  }
  for (const link of document.querySelectorAll("nav [data-section]"))
    link.setAttribute("aria-current", link.dataset.section === to.section ? "page" : "false");
  view.show(to);
  if (isBack) view.on("hello", null); // it heard nothing while it was away
  if (hadFocus && isFocusGone()) byId("main").focus();
  entitle();
}

function entitle() {
  const { unread } = context.state;
  document.title = `${unread ? `(${unread}) ` : ""}${shown.title()} · Volt sandbox`;
}

function badge(id, n) {
  byId(id).hidden = !n;
  byId(id).textContent = n;
}

const readState = paced(async () => {
  const state = await get("state").catch(() => null);
  if (!state) return;
  Object.assign(context.state, state);
  badge("doubles", state.doubles);
  badge("rules", state.chaos);
  made.inbox?.refill();
  entitle();
});
const readStateLive = paced(readState, 500);

function setLive(state) {
  byId("live").dataset.state = state;
  byId("live").textContent = LIVE_WORDS[state];
}

function showTheme() {
  const { theme } = document.documentElement.dataset;
  byId("theme").replaceChildren(icon(THEME_ICONS[theme]));
  byId("theme").title = byId("theme").ariaLabel = `Theme: ${theme === "auto" ? "as the system" : theme}`;
}

function nextTheme() {
  const now = THEMES.indexOf(document.documentElement.dataset.theme);
  window.setTheme(THEMES[(now + 1) % THEMES.length]);
  showTheme();
}

byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part of an address after # is a section's
  byId("main").focus();
});
byId("theme").addEventListener("click", nextTheme);
showTheme();
keyboard({ go: context.go, back: () => (shown.back ? shown.back() : context.go("#/")), nextTheme });
window.addEventListener("hashchange", show);
show();
readState();
listen((kind, data) => {
  readStateLive();
  if (kind === "message") byId("news").textContent = newsOf(data);
  shown.on(kind, data);
}, setLive);
