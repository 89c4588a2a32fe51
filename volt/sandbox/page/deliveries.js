// What was posted to webhooks: payload, answers, and "send again".

import { get, post } from "./api.js";
import { attempt, code, h, keyed, paced, toast } from "./dom.js";
import { briefExact, count, exactTime, json, number, outcome, pair, snippet } from "./format.js";
import { NOTHING, sizeOf, withNewest, withOlder } from "./pages.js";

const idOf = (one) => one.id;

export function deliveries() {
  const hooks = h("ul", { class: "plain hooks" });
  const rows = h("ol", { class: "deliveries", "aria-label": "Deliveries, newest first" });
  const note = h("div", { class: "empty" });
  const more = h("button", { type: "button", class: "quiet more", hidden: true, onclick: attempt(() => older()) }, "Older deliveries");
  const element = h("div", { class: "sheet" },
    h("h1", {}, "Deliveries"),
    h("p", { class: "lead" }, "Every event that was posted to a webhook, signed, with what it answered."),
    hooks, rows, more, note);
  let found = NOTHING;
  let open = null;

  async function older() {
    const page = await get("deliveries", { limit: 50, before: found.next });
    found = withOlder(found, page.deliveries, page.pageInfo, idOf);
    draw();
  }

  function draw() {
    keyed(rows, found.items.map((one) => ({ ...one, isOpen: one.id === open })), idOf, (one) => row(one, toggle));
    more.hidden = found.next === null;
  }

  function toggle(id, isOpen) {
    if (isOpen) open = id;
    else if (open === id) open = null;
  }

  const read = paced(async () => {
    const [page, registered] = await Promise.all([get("deliveries", { limit: sizeOf(found) }), get("webhooks")]).catch(() => []);
    if (!page) return;
    found = withNewest(found, page.deliveries, page.pageInfo, idOf);
    draw();
    keyed(hooks, registered, (hook) => hook.id, (hook) => h("li", {},
      h("code", {}, hook.url), h("span", { class: "muted" }, (hook.eventTypes ?? ["all events"]).join(", ").toLowerCase().replaceAll("_", "."))));
    note.hidden = found.items.length > 0;
    note.replaceChildren(
      h("h2", {}, registered.length ? "Nothing delivered yet" : "No webhook is registered"),
      h("p", {}, registered.length
        ? "The next text is told to the webhooks above."
        : "Have your program call client.register_webhook(url=…). The sandbox makes a test request, then posts every event."));
  });
  const readLive = paced(read, 300);

  return {
    element,
    title: () => "Deliveries",
    show(route) {
      if (route.id) open = Number(route.id);
      read().then(() => route.id && rows.querySelector(`[data-key="${CSS.escape(route.id)}"]`)?.scrollIntoView({ block: "nearest" }));
    },
    on(kind) {
      if (kind === "reset") found = NOTHING;
      if (["hello", "missed", "delivery", "message", "status", "request", "reset"].includes(kind)) readLive();
    },
  };
}

function row(one, toggle) {
  const last = one.attempts.at(-1);
  const words = [
    one.state !== "delivered" && (last ? (last.status ? `HTTP ${last.status}` : "no answer") : "waiting"),
    one.attempts.length > 1 && count(one.attempts.length, "try", "tries"),
  ];
  const again = attempt(async () => {
    await post(`deliveries/${one.id}/resend`);
    toast("Sent again.");
  });
  const box = h("details", { open: one.isOpen, ontoggle: () => toggle(one.id, box.open) },
    h("summary", {},
      h("span", { class: `pill ${one.state}` }, outcome(one)),
      h("b", {}, one.event),
      h("span", { class: "about" }, one.message && about(one.message)),
      h("span", { class: "url" }, one.url),
      h("span", { class: "muted answer" }, words.filter(Boolean).join(", ")),
      h("time", { class: "muted", datetime: one.createdAt }, briefExact(one.createdAt))),
    h("div", { class: "delivery" },
      h("section", {}, h("h2", {}, "Payload"), code("Payload", pretty(one.payload))),
      h("section", {},
        h("h2", {}, "Answers"),
        h("ol", { class: "attempts" }, one.attempts.map((tried) => h("li", {},
          h("p", {}, h("b", {}, tried.status ? `HTTP ${tried.status}` : "No answer"), h("span", { class: "muted" }, ` ${exactTime(tried.at)}, took ${tried.seconds} s`)),
          tried.answer && code("Answer", tried.answer)))),
        one.nextAttemptAt && h("p", { class: "muted" }, `Next try ${exactTime(one.nextAttemptAt)}`),
        h("button", { type: "button", onclick: again }, "Send again"))));
  return h("li", {}, box);
}

/** Whose text it is, and how it begins. */
function about(message) {
  const [, person] = pair(message);
  const way = message.direction === "inbound" ? "from" : "to";
  return [`${way} ${number(person)} `, h("span", { class: "muted" }, snippet(message.body) || count(message.media.length, "picture"))];
}

function pretty(text) {
  try {
    return json(JSON.parse(text));
  } catch {
    return text;
  }
}
