// Requests as they were received, alone or side by side; what differs between two is marked.

import { get } from "./api.js";
import { code, copyButton, h, paced } from "./dom.js";
import { count, exactTime, json, later, number, pair, placeOf } from "./format.js";

/** What a request was answered with, in words. */
function answerOf({ status, fault }) {
  const answer = status === null ? "No answer" : `Answered HTTP ${status}`;
  return fault ? `${answer}, on purpose: ${fault}` : answer;
}

/** One request; `others` are those that it is compared with. */
export function rawRequest(request, others = []) {
  const isOther = (name) => others.some((other) => other.headers[name] !== request.headers[name]);
  const headers = Object.entries(request.headers).map(([name, value]) =>
    h(isOther(name) ? "mark" : "span", {}, h("b", {}, name), `: ${value}\n`));
  const isOtherBody = others.some((other) => json(other.body) !== json(request.body));
  return h("div", { class: "raw" },
    h("p", { class: "answered" }, answerOf(request)),
    copyButton(asText(request.body), "Copy body"),
    code("Request",
      h("span", { class: "request-line" }, `${request.method} ${request.path}\n`), headers, "\n",
      h(isOtherBody ? "mark" : "span", {}, readable(request.body))));
}

const asText = (body) => (typeof body === "string" ? body : json(body));

/** A body for people: the variables, then the operation in lines of its own. */
function readable(body) {
  if (typeof body?.query !== "string") return asText(body);
  const { query, ...rest } = body;
  return `${json(rest)}\n\n${query.trim()}`;
}

/** All that arrived with one content, beside each other, and whether it is the same to the letter. */
export function sideBySide(doubles) {
  const requests = doubles.map((double) => double.request).filter(Boolean);
  const [first, ...others] = requests.map(({ headers, body }) => json([headers, body]));
  const isSame = others.every((other) => other === first);
  return [h("p", { class: "muted" }, isSame ? "The requests are the same to the letter." : "What differs between the requests is marked."), h("div", { class: "sides" }, doubles.map(({ message, request }, index) =>
    h("article", { class: "side" },
      h("h3", {}, index ? `Again, ${later(doubles[0].message.sentAt, message.sentAt)} later` : "First"),
      h("p", { class: "muted" }, h("a", { href: placeOf(message) }, message.id), ` at ${exactTime(message.sentAt)}`),
      request ? rawRequest(request, requests.filter((other) => other !== request)) : h("p", { class: "muted" }, "Its request is forgotten."))))];
}

/** The section of all texts that arrived twice. */
export function twice() {
  const groups = h("div", { class: "groups" });
  const element = h("div", { class: "sheet" },
    h("h1", {}, "Arrived twice"),
    h("p", { class: "lead" },
      "The same text, from the same number to the same person, within ten minutes: a person with a phone would have read it twice."),
    groups);
  const read = paced(async () => {
    const found = await get("doubles").catch(() => null);
    if (!found) return;
    groups.replaceChildren(...(found.length ? found.map(group) : [
      h("div", { class: "empty" }, h("h2", {}, "None"), h("p", {}, "Every text that is here arrived once."))]));
  });
  const readLive = paced(read, 500);
  return {
    element,
    title: () => "Arrived twice",
    show: read,
    on(kind) {
      if (["hello", "missed", "message", "request", "reset"].includes(kind)) readLive();
    },
  };
}

function group({ total, messages }) {
  const [{ message }] = messages;
  const [own, person] = pair(message);
  return h("section", { class: "group", "aria-label": `To ${number(person)}` },
    h("header", {},
      h("h2", {}, `${count(total, "time")} to ${number(person)}`),
      h("p", { class: "muted" }, `from ${number(own)}`, total > messages.length && `; the first ${messages.length}:`)),
    h("blockquote", { class: "double-body", dir: "auto" }, message.body),
    sideBySide(messages));
}
