// One conversation, as the person's phone shows it: the organization's texts at the left, the
// person's own at the right.

import { at, get, post, put, remove } from "./api.js";
import { attempt, h, icon, isFocusGone, keyed, paced, toast } from "./dom.js";
import { count, dayOf, later, number, pair, placeOf, snippet, status, time } from "./format.js";
import { pictures } from "./media.js";
import { NOTHING, sizeOf, withNewest, withOlder } from "./pages.js";

const LIVE_PAUSE_MS = 150;
const NEAR_PIXELS = 80;
const BACK = "M12.5 4 6.5 10l6 6";

const idOf = (one) => one.id;

export function thread() {
  const head = h("header");
  const texts = h("ol", { class: "texts", "aria-label": "Texts" });
  const more = h("button", { type: "button", class: "quiet more", hidden: true, onclick: attempt(() => older()) }, "Earlier texts");
  const scroller = h("div", { class: "scroller", tabindex: "-1" }, more, texts);
  const banner = h("div", { role: "status" });
  const reply = composer(() => route, () => read());
  const element = h("section", { class: "thread", "aria-label": "Conversation" }, head, scroller, banner, reply.element);

  let route = {};
  let found = NOTHING;
  let last = { refusals: [] };
  let entered = null; // the conversation that the keyboard opened

  const path = () => `conversations/${at(route.own, route.person)}`;
  const isNear = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PIXELS;
  const toEnd = () => (scroller.scrollTop = scroller.scrollHeight);

  async function load() {
    const { own, person } = route;
    if (!person) return;
    let page;
    try {
      page = await get(path(), { limit: sizeOf(found) });
    } catch {
      return; // the bar says that the sandbox is away; it is read again when it is back
    }
    if (own !== route.own || person !== route.person) return;
    found = withNewest(found, page.messages, page.pageInfo, idOf);
    last = page;
    const wasNear = isNear();
    draw();
    if (wasNear) toEnd();
    if (entered?.own === own && entered.person === person) {
      entered = null;
      ([...texts.querySelectorAll(".meta a")].at(-1) ?? scroller).focus();
    }
    if (document.visibilityState === "visible" && [...page.messages, ...page.refusals].some((one) => one.isNew && one.direction !== "inbound"))
      post(`${path()}/read`).catch(() => {});
  }

  async function older() {
    const { own, person } = route;
    const page = await get(path(), { limit: 50, before: found.next });
    if (own !== route.own || person !== route.person) return;
    const height = scroller.scrollHeight;
    found = withOlder(found, page.messages, page.pageInfo, idOf);
    draw();
    scroller.scrollTop += scroller.scrollHeight - height;
  }

  function draw() {
    const { own, person, id } = route;
    const { name, optOut, pageInfo } = last;
    const pressed = document.activeElement?.localName === "button" && !texts.contains(document.activeElement) ? document.activeElement : null;
    keyed(head, [{ own, person, name, total: pageInfo?.totalItems ?? 0, refused: last.refused, isOptedOut: Boolean(optOut) }], () => "head", drawHead);
    keyed(banner, optOut ? [optOut] : [], () => "banner", drawBanner);
    keyed(texts, items(found.items, last.refusals, found.next === null, id), (item) => item.key, drawItem);
    more.hidden = found.next === null;
    // "Opt out" and "Opt back in" each leave as they are pressed: the other one has the focus then.
    if (pressed && !pressed.isConnected && document.activeElement?.localName !== "button")
      element.querySelector(".banner button, .head button")?.focus();
  }

  const read = paced(load);
  const readLive = paced(read, LIVE_PAUSE_MS);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && readLive());

  return {
    element,
    /** Move the focus to the newest text of a conversation, once it is drawn. */
    enter({ own, person }) {
      entered = { own, person };
      read();
    },
    show(to) {
      const isOther = to.own !== route.own || to.person !== route.person;
      const left = route.id;
      route = to;
      element.hidden = !route.person;
      if (!route.person) return;
      if (isOther) {
        [found, last] = [NOTHING, { refusals: [] }];
        texts.replaceChildren();
        reply.clear();
        draw();
        read().then(toEnd);
        return;
      }
      draw();
      if (left && !route.id && isFocusGone())
        texts.querySelector(`[data-key="${CSS.escape(left)}"] .meta a`)?.focus();
    },
    on(kind, data) {
      if (!route.person) return;
      if (kind === "reset") found = NOTHING;
      if (["message", "status"].includes(kind) && pair(data).join() !== [route.own, route.person].join()) return;
      if (["read", "refusal", "opt-out"].includes(kind) && data.person !== route.person) return;
      if (["request", "chaos", "delivery"].includes(kind)) return;
      readLive();
    },
  };
}

function drawHead({ own, person, name, total, refused, isOptedOut }) {
  const texts = (total > 0 || !refused) && count(total, "text");
  const about = [name && number(person), `with ${number(own)}`, texts, refused > 0 && `${refused.toLocaleString("en")}\u00a0refused`].filter(Boolean);
  return h("div", { class: "head" },
    h("a", { class: "back quiet icon", href: "#/", "aria-label": "All conversations" }, icon(BACK)),
    face(person, name),
    h("div", {}, h("h2", { title: name }, name || number(person)), h("p", { class: "muted" }, about.join(" · "))),
    !isOptedOut && h("button", { type: "button", class: "quiet small", onclick: attempt(() => put(`opt-outs/${at(person)}`)) }, "Opt out"));
}

function drawBanner({ person, word, at: since }) {
  return h("div", { class: "banner" },
    h("p", {}, h("b", {}, `Opted out${word && ` with ${word}`}.`), ` Since ${time(since)}, every text is refused with code 503.`),
    h("button", { type: "button", class: "small", onclick: attempt(() => remove(`opt-outs/${at(person)}`)) }, "Opt back in"));
}

/** What is drawn, oldest first: texts and refusals, and a line where a day begins. */
function items(newestFirst, refusals, isWhole, selected) {
  const firsts = new Map(newestFirst.map((message) => [message.id, message.sentAt]));
  const again = new Set(newestFirst.map((message) => message.doubleOf));
  // Whether a text is new is not seen here: its element is to stay when it is no longer.
  const messages = newestFirst.map(({ isNew, ...message }) => ({
    key: message.id, at: message.sentAt, message, isSelected: message.id === selected,
    double: message.doubleOf ? againAfter(firsts.get(message.doubleOf), message.sentAt) : again.has(message.id) && "Arrived twice",
  }));
  const oldest = isWhole ? "" : messages.at(-1)?.at ?? "";
  const refused = refusals.filter((one) => one.at > oldest)
    .map((refusal) => ({ key: `refused ${refusal.at}`, at: refusal.at, refusal }));
  const drawn = [];
  let day = "";
  for (const item of [...messages.reverse(), ...refused].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))) {
    if (dayOf(item.at) !== day) {
      day = dayOf(item.at);
      drawn.push({ key: `day ${item.at.slice(0, 10)} ${day}`, day });
    }
    drawn.push(item);
  }
  return drawn;
}

const againAfter = (first, at) => (first ? `Again, ${later(first, at)} later` : "Arrived again");

function drawItem({ day, refusal, message, isSelected, double }) {
  if (day) return h("li", { class: "day" }, day);
  if (refusal)
    return h("li", { class: "refusal" },
      h("p", {}, h("b", {}, `Refused with ${refusal.code} `), refusal.reason),
      h("blockquote", { dir: "auto" }, refusal.body),
      h("p", { class: "meta" }, `${time(refusal.at)} · never reached the phone`));
  const side = message.direction === "outbound" ? "theirs" : "mine";
  const words = snippet(message.body) || count(message.media.length, "picture");
  const about = [`${status(message)} ${time(message.sentAt)}`, double, words].filter(Boolean).join(", ");
  const go = (event) => {
    if (!event.target.closest("a, button") && getSelection().isCollapsed) location.hash = placeOf(message);
  };
  return h("li", { class: [side, double && "double", message.status === "failed" && "failed", isSelected && "selected"].filter(Boolean).join(" ") },
    double && h("p", { class: "twice" }, double),
    message.body && h("div", { class: "bubble", dir: "auto", onclick: go }, message.body),
    message.media.length > 0 && pictures(message.media),
    message.notice && h("p", { class: "notice" }, message.notice),
    h("p", { class: "meta" },
      h("a", { href: placeOf(message), "aria-current": isSelected ? "true" : null, "aria-label": `Details: ${about}` },
        h("span", { class: `status ${message.status}` }, status(message)), " ", h("time", { datetime: message.sentAt }, time(message.sentAt)))));
}

/** A circle with what tells a person from the others: initials, or the last two digits. */
export function face(person, name) {
  const initials = name && name.split(/\s+/).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase();
  const hue = [...person].reduce((sum, digit) => (sum * 31 + digit.charCodeAt(0)) % 6, 0);
  return h("span", { class: `face hue${hue}`, "aria-hidden": "true" }, initials || person.slice(-2));
}

/** Where the person's reply is written: Enter sends it, Shift+Enter begins a line. */
function composer(route, sent) {
  const text = h("textarea", { id: "reply", rows: "1", dir: "auto", placeholder: "Reply as this person", "aria-label": "Reply as this person" });
  const media = h("input", { type: "url", class: "media-url", placeholder: "https://… JPEG, PNG, GIF or VCF", "aria-label": "URL of a picture", hidden: true });
  const say = async (body, urls = []) => {
    const { own, person } = route();
    const answer = await post("reply", { from: person, to: own, body, media: urls });
    if (answer.notice) toast(answer.notice, "warn");
    sent();
  };
  const submit = attempt(async () => {
    const urls = media.value.trim() ? [media.value.trim()] : [];
    if (!text.value.trim() && !urls.length) return;
    await say(text.value, urls);
    clear();
    text.focus();
  });
  const clear = () => {
    text.value = media.value = "";
    media.hidden = true;
  };
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  });
  const quick = ["Yes", "STOP", "START"].map((word) =>
    h("button", { type: "button", class: "chip", onclick: attempt(() => say(word)) }, word));
  const element = h("form", { class: "composer", onsubmit: submit },
    h("div", { class: "chips", role: "group", "aria-label": "Quick replies" }, quick,
      h("button", { type: "button", class: "chip", onclick: () => { media.hidden = !media.hidden; if (!media.hidden) media.focus(); } }, "Add a picture")),
    media,
    h("div", { class: "write" }, text, h("button", { type: "submit", class: "primary" }, "Reply")));
  return { element, clear };
}
