// Failures on purpose: what is in force, and a form for one more.

import { get, post, remove } from "./api.js";
import { attempt, h, keyed, paced } from "./dom.js";
import { count, e164, isNumber, number } from "./format.js";

export function chaos() {
  const rules = h("ul", { class: "rules", id: "in-force", "aria-label": "In force" });
  const none = h("p", { class: "muted" }, "Nothing fails on purpose.");
  const clear = h("button", { type: "button", class: "small", hidden: true, onclick: attempt(() => remove("chaos")) }, "Clear all");
  const faults = h("div", { class: "faults" });
  const does = h("p", { class: "does", id: "does" });
  const seconds = field("seconds", "Seconds", { type: "number", min: "0", max: "600", step: "any", oninput: () => say() });
  const often = field("probability", "Share of requests, %", { type: "number", min: "0.1", max: "100", step: "any", placeholder: "100" });
  const times = field("count", "How many times", { type: "number", min: "1", step: "1", placeholder: "no end" });
  const to = field("to", "Only to", { type: "tel", placeholder: "anyone", "aria-describedby": "to-remedy", oninput: () => remedy("") });
  const told = h("p", { class: "danger-text remedy", id: "to-remedy", role: "alert" });
  to.append(told);
  const away = h("p", { class: "away", role: "status", hidden: true });
  const form = h("form", { class: "rule-form", onsubmit: attempt(add) },
    faults, does,
    h("div", { class: "fields" }, often, times, to, seconds),
    h("button", { type: "submit", class: "primary" }, "Fail on purpose"));
  const element = h("div", { class: "sheet" },
    h("h1", {}, "Chaos"),
    h("p", { class: "lead" }, "Have the API fail, to see what your program makes of it. Only the API fails, not this page. One failure is for everyone: refuse closes the door to this page too, until its seconds have passed."),
    h("section", { class: "in-force", "aria-labelledby": "in-force-title" },
      h("header", {}, h("h2", { id: "in-force-title" }, "In force"), clear), away, none, rules),
    h("section", { "aria-labelledby": "add-title" }, h("h2", { id: "add-title" }, "Add a failure"), form));
  let known = [];

  const chosen = () => known.find((one) => one.fault === form.elements.fault?.value);

  function choose() {
    const fault = chosen();
    const isRefuse = fault.fault === "refuse";
    seconds.hidden = fault.seconds === null;
    for (const one of [often, times, to]) one.hidden = isRefuse; // whose connection it is cannot be known
    form.elements.seconds.value = "";
    form.elements.seconds.placeholder = fault.seconds;
    remedy("");
    say();
  }

  function say() {
    const fault = chosen();
    does.textContent = `The client meets: ${inWords(fault, form.elements.seconds.value || fault.seconds)}.`;
  }

  function remedy(text) {
    told.textContent = text;
    form.elements.to.ariaInvalid = Boolean(text);
  }

  /** Say how long the door is closed; nobody can be asked meanwhile. */
  function countDown(until) {
    const left = Math.ceil((until - Date.now()) / 1000);
    away.hidden = left <= 0;
    away.textContent = `No connection is taken for another ${count(left, "second")}, not from this page either. Then all is as before.`;
    if (left > 0) setTimeout(() => countDown(until), 250);
  }

  async function add() {
    const fault = chosen();
    const rule = { fault: fault.fault };
    const given = (name) => !form.elements[name].closest("label").hidden && form.elements[name].value.trim();
    if (given("probability")) rule.probability = Number(given("probability")) / 100;
    if (given("count")) rule.count = Number(given("count"));
    if (given("seconds")) rule.seconds = Number(given("seconds"));
    if (given("to")) {
      rule.to = e164(given("to"));
      if (!isNumber(rule.to)) {
        remedy("Write all of the number, such as (555) 555-0199 or +15555550199.");
        form.elements.to.focus();
        return;
      }
    }
    const made = await post("chaos", rule);
    if (made.fault === "refuse") countDown(Date.now() + made.seconds * 1000);
    read();
  }

  const read = paced(async () => {
    const found = await get("chaos").catch(() => null);
    if (!found) return;
    if (!known.length) {
      known = found.faults;
      faults.append(
        choice("The text is not out", known.filter((one) => !one.accepts), choose),
        choice("The text is out", known.filter((one) => one.accepts), choose));
      form.elements.fault.value = "accept-drop";
      choose();
    }
    keyed(rules, found.rules, (rule) => rule.id, drawRule);
    none.hidden = found.rules.length > 0;
    clear.hidden = found.rules.length === 0;
  });
  const readLive = paced(read, 200);

  return {
    element,
    title: () => "Chaos",
    show: read,
    on(kind) {
      if (["hello", "missed", "chaos", "reset"].includes(kind)) readLive();
    },
  };
}

/** What a fault does, with its seconds. */
const inWords = ({ does }, seconds) => does.replace("`seconds`", count(Number(seconds), "second"));

function field(name, label, properties) {
  return h("label", {}, h("span", {}, label), h("input", { name, autocomplete: "off", ...properties }));
}

function choice(title, faults, onchange) {
  return h("fieldset", {}, h("legend", {}, title), faults.map((one) =>
    h("label", { class: "fault", title: inWords(one, one.seconds) },
      h("input", { type: "radio", name: "fault", value: one.fault, onchange }), h("span", {}, one.fault))));
}

function drawRule(rule) {
  const words = [
    rule.probability < 1 ? `${+(rule.probability * 100).toFixed(2)} % of the requests` : "every request",
    rule.to && `to ${number(rule.to)}`,
    rule.count !== null && `the next ${rule.count === 1 ? "one" : rule.count.toLocaleString("en")}`,
    rule.seconds !== null && `${rule.seconds} s`,
  ].filter(Boolean);
  return h("li", {},
    h("b", { class: "fault-name" }, rule.fault),
    h("span", {}, words.join(", ")),
    h("span", { class: "muted hits" }, `met ${count(rule.hits, "time")}`),
    h("button", { type: "button", class: "quiet small", "aria-label": `Clear ${rule.fault}`, onclick: attempt(() => remove(`chaos/${rule.id}`)) }, "Clear"));
}
