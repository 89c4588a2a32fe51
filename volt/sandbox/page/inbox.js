// The inbox: the conversations at the left, the open one beside it, a message's detail at the right.

import { get } from "./api.js";
import { detail } from "./detail.js";
import { h, isFocusGone, keyed, paced } from "./dom.js";
import { brief, count, e164, isNumber, number, pair, place, snippet, status } from "./format.js";
import { NOTHING, sizeOf, withNewest, withOlder } from "./pages.js";
import { start } from "./start.js";
import { face, thread } from "./thread.js";

const LIVE_PAUSE_MS = 250;

export function inbox(context) {
  const search = h("input", {
    type: "search", id: "search", placeholder: "Search texts, names, numbers", "aria-label": "Search",
    autocomplete: "off", spellcheck: "false", oninput: () => read(),
  });
  const sender = h("select", { id: "sender", "aria-label": "Sender", onchange: () => read() });
  const recipient = h("input", {
    id: "recipient", type: "tel", placeholder: "Any recipient", "aria-label": "Recipient",
    autocomplete: "off", oninput: () => read(),
  });
  const rows = h("ul", { class: "rows", id: "conversations" });
  const note = h("p", { class: "note", role: "status" });
  const more = h("button", { type: "button", class: "quiet more", hidden: true, onclick: () => older() }, "Older conversations");
  const list = h("section", { class: "list", "aria-label": "Conversations" },
    h("div", { class: "tools" }, search, h("div", { class: "filters" }, sender, recipient)),
    rows, more, note);
  const open = thread();
  const aside = detail();
  const beginning = h("section", { class: "beginning" });
  const element = h("div", { class: "inbox" }, h("h1", { class: "unseen" }, "Inbox"), list, beginning, open.element, aside.element);

  let route = {};
  let asked = "";
  let found = NOTHING;
  let total = 0;

  const selection = () => ({
    search: search.value.trim(), own: sender.value, person: e164(recipient.value),
  });

  async function load() {
    const query = selection();
    const before = () => (asked === JSON.stringify(query) ? found : NOTHING);
    let page;
    try {
      page = await get("conversations", { ...query, limit: sizeOf(before()) });
    } catch (error) {
      note.textContent = error.message;
      return;
    }
    found = withNewest(before(), page.conversations, page.pageInfo, keyOf, (one) => `${keyOf(one)} ${one.latest?.id} ${one.refusal?.at}`);
    asked = JSON.stringify(query);
    total = page.pageInfo.totalItems;
    draw();
  }

  async function older() {
    const query = asked;
    const page = await get("conversations", { ...selection(), before: found.next, limit: 50 }).catch(() => null);
    if (!page || query !== asked) return;
    found = withOlder(found, page.conversations, page.pageInfo, keyOf);
    draw();
    // Who has scrolled to the end meanwhile sees it still, which by itself is no news.
    end.unobserve(more);
    end.observe(more);
  }

  function draw() {
    const isOpen = (one) => one.own === route.own && one.person === route.person;
    const { search: text, own, person } = selection();
    const hasSenders = context.state.senders.length > 1;
    keyed(rows, found.items.map((one) => ({ ...one, isOpen: isOpen(one), hasSenders, looked: text })), keyOf, (one) => row(one, open.enter));
    more.hidden = found.next === null;
    const isFiltered = Boolean(text || own || person);
    note.classList.toggle("nothing", !found.items.length);
    note.replaceChildren(...(found.items.length || !isFiltered ? [count(total, "conversation")] : nothing(text, own, person)));
    // Also where a conversation is open: the sandbox began anew, and it is no more.
    const isEmpty = !found.items.length && !isFiltered;
    element.classList.toggle("is-empty", isEmpty);
    element.classList.toggle("has-thread", Boolean(route.person) && !isEmpty);
    element.classList.toggle("has-detail", Boolean(route.id) && !isEmpty);
    const { token, python, senders: [first] } = context.state;
    if (first) keyed(beginning, [{ token, python, sender: first, isFirst: isEmpty }], () => "start", start);
  }

  /** What stands for an empty list: whoever was looked for by number can write first. */
  function nothing(text, own, person) {
    const told = text ? `Nothing contains “${text}”.` : "No such conversation.";
    const writer = person || (/^[+()\d\s.-]+$/.test(text) && e164(text));
    if (!isNumber(writer)) return [told];
    return [told, " ", h("a", { href: place(own || context.state.senders[0], writer) }, `Write as ${number(writer)}`)];
  }

  const read = paced(load);
  const readLive = paced(read, LIVE_PAUSE_MS);
  const end = new IntersectionObserver(([seen]) => seen.isIntersecting && !more.hidden && older());
  end.observe(more);

  return {
    element,
    title: () => (route.person ? number(route.person) : "Inbox"),
    show(to) {
      const left = route;
      route = to;
      if (asked) draw();
      else read();
      open.show(route);
      aside.show(route);
      // What was left by Esc or a link has the focus again, where its own is gone.
      if (left.person && !route.person && isFocusGone())
        rows.querySelector(`[data-key="${CSS.escape(keyOf(left))}"] a`)?.focus();
    },
    on(kind, data) {
      if (!["request", "chaos", "delivery"].includes(kind)) readLive();
      open.on(kind, data);
      aside.on(kind, data);
    },
    /** What the sandbox is set to has been read. */
    refill() {
      fillSenders(sender, context.state.senders);
      if (asked) draw();
    },
    /** One step back: from the detail to the conversation, from there to the list. */
    back() {
      if (route.id) context.go(place(route.own, route.person));
      else if (route.person) context.go("#/");
      else if (search.value) {
        search.value = "";
        read();
      }
    },
  };
}

const keyOf = (one) => `${one.own} ${one.person}`;

function fillSenders(select, senders) {
  if (select.options.length === senders.length + 1) return;
  select.replaceChildren(
    h("option", { value: "" }, "Any sender"),
    ...senders.map((one) => h("option", { value: one }, number(one))));
}

function row(one, enter) {
  const { latest, refusal } = one;
  const last = refusal ?? latest;
  const at = refusal?.at ?? latest.sentAt;
  const marks = [
    refusal && h("span", { class: "pill danger-line" }, `Refused · ${refusal.code}`),
    one.doubles > 0 && h("span", { class: "pill danger" }, "Arrived twice"),
    one.isOptedOut && h("span", { class: "pill" }, "Opted out"),
    !refusal && latest.status === "failed" && h("span", { class: "pill danger-line" }, status(latest)),
  ].filter(Boolean);
  const unread = one.unread > 0 && h("span", { class: "unread", title: count(one.unread, "new text") },
    h("span", { class: "unseen" }, count(one.unread, "new text")));
  return h("li", { class: [one.unread && "is-new", one.match === null && !refusal && latest.doubleOf && "is-double"].filter(Boolean).join(" ") || null },
    // A click without a button of a pointer is the keyboard's.
    h("a", { href: place(one.own, one.person), onclick: (event) => event.detail === 0 && enter(one), "aria-current": one.isOpen ? "true" : null },
      face(one.person, one.name),
      h("span", { class: "who" }, one.name || number(one.person)),
      h("time", { datetime: at }, brief(at)),
      h("span", { class: "snippet", dir: "auto" },
        one.match === null && last.direction === "inbound" && h("span", { class: "muted" }, "Reply: "),
        marked(one.match ?? last.body, one.looked) || count(last.media?.length ?? 0, "picture")),
      unread,
      (marks.length > 0 || one.hasSenders) && h("span", { class: "marks" },
        marks, one.hasSenders && h("span", { class: "muted via" }, `from ${number(one.own)}`))));
}

/** As much of a text as a row has room for, with what was looked for. */
function marked(text, looked) {
  if (!text) return null;
  const shown = snippet(text, looked);
  const from = looked ? shown.toLowerCase().indexOf(looked.toLowerCase()) : -1;
  if (from < 0) return [shown];
  const to = from + looked.length;
  return [shown.slice(0, from), h("mark", {}, shown.slice(from, to)), shown.slice(to)];
}

export const newsOf = (message) =>
  message.direction === "outbound" ? `New text to ${number(pair(message)[1])}` : `Reply from ${number(pair(message)[1])}`;
