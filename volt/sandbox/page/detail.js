// All that is known of one message.

import { at, get } from "./api.js";
import { code, copyButton, h, icon, keyed, paced } from "./dom.js";
import { count, exactTime, json, number, outcome, place, status } from "./format.js";
import { pictures } from "./media.js";
import { rawRequest, sideBySide } from "./requests.js";

const LIVE_PAUSE_MS = 200;
const CLOSE = "M5 5l10 10M15 5 5 15";

export function detail() {
  const close = h("a", { class: "quiet icon close", "aria-label": "Close the detail" }, icon(CLOSE));
  const parts = h("div", { class: "parts" });
  const element = h("aside", { class: "detail", "aria-label": "Message" },
    h("header", { class: "head" }, h("h2", {}, "Message"), close), parts);
  let route = {};

  async function load() {
    const { id } = route;
    if (!id) return;
    let message;
    try {
      message = await get(`messages/${at(id)}`);
    } catch (error) {
      if (id === route.id) parts.replaceChildren(h("p", { class: "note" }, error.message));
      return;
    }
    if (id !== route.id) return;
    element.parentElement?.classList.toggle("has-double", message.doubles.length > 1);
    keyed(parts, sections(message), (section) => section.name, (section) => drawn[section.name](section.of));
  }

  const read = paced(load);
  const readLive = paced(read, LIVE_PAUSE_MS);
  return {
    element,
    show(to) {
      const isOther = to.id !== route.id;
      route = to;
      element.hidden = !route.id;
      if (!route.id) element.parentElement?.classList.remove("has-double");
      if (!route.id || !isOther) return;
      close.href = place(route.own, route.person);
      parts.replaceChildren();
      read();
    },
    on(kind, data) {
      const isOfThis = data?.id === route.id || data?.messageId === route.id || data?.doubleOf;
      if (["hello", "missed", "request", "reset"].includes(kind) || isOfThis) readLive();
    },
  };
}

/** What there is to show; a section is drawn anew only when it has changed. */
function sections(message) {
  const { history, deliveries, doubles, doublesTotal, request, variables, segments, isNew, ...head } = message;
  const isAlone = doubles.length < 2;
  return [
    { name: "head", of: { ...head, isDouble: !isAlone } },
    !isAlone && { name: "doubles", of: { doubles, total: doublesTotal } },
    { name: "facts", of: { ...head, segments } },
    head.media.length > 0 && { name: "media", of: head.media },
    { name: "history", of: history },
    variables !== null && { name: "variables", of: variables },
    request && isAlone && { name: "request", of: request },
    deliveries.length > 0 && { name: "deliveries", of: deliveries },
  ].filter(Boolean);
}

const section = (title, ...children) => h("section", {}, h("h3", {}, title), children);

const drawn = {
  head: (message) => h("section", {},
    h("p", { class: `big status ${message.status}` }, status(message)),
    message.errorCode && h("p", { class: "danger-text" }, message.statusDescription),
    message.body && h("blockquote", { class: message.isDouble ? "double-body" : null, dir: "auto" }, message.body)),
  facts: (message) => {
    const isReply = message.direction === "inbound";
    const facts = [
      ["From", number(message.fromNumber)],
      ["To", number(message.toNumber)],
      [isReply ? "Received" : "Accepted", exactTime(message.sentAt)],
      ["Length", `${count(message.segments.parts, "segment")}, ${message.segments.encoding}, ${count([...message.body].length, "character")}`],
      message.waveId && ["Wave", message.waveId],
      message.passthrough && ["Passthrough", message.passthrough],
      ["Id", h("span", { class: "id" }, message.id, copyButton(message.id))],
    ].filter(Boolean);
    return h("section", {}, h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
  },
  doubles: ({ doubles, total }) => h("section", { class: "doubles" },
    h("h3", { class: "danger-text" }, `Reached the sandbox ${total === 2 ? "twice" : count(total, "time")}`),
    h("p", { class: "muted" }, "A person would have read it as often."),
    total > doubles.length && h("p", { class: "muted" }, `${doubles.length} of them:`),
    sideBySide(doubles)),
  media: (urls) => section("Media", pictures(urls)),
  history: (steps) => section("Status", h("ol", { class: "steps" }, steps.map((step) =>
    h("li", { class: [step.status, step.isDone ? "done" : "to-come"].join(" ") },
      h("span", { class: "status" }, step.status, step.errorCode && ` · ${step.errorCode}`),
      h("time", { datetime: step.at }, step.isDone ? exactTime(step.at) : `due ${exactTime(step.at)}`),
      step.errorCode && h("p", { class: "muted" }, step.statusDescription))))),
  variables: (variables) => section("Variables as received", code("Variables", json(variables))),
  request: (request) => section("Request", rawRequest(request)),
  deliveries: (deliveries) => section("Webhooks", h("ul", { class: "plain" }, deliveries.map((one) =>
    h("li", {}, h("a", { href: `#/deliveries/${one.id}` }, one.event), " ", h("span", { class: `pill ${one.state}` }, outcome(one)))))),
};
