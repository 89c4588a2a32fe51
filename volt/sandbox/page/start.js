// How a first text gets here: lines to paste, with this sandbox's own address.

import { code, copyButton, h } from "./dom.js";
import { number } from "./format.js";

const TO = "+15555550145";

export function start({ token: known, python: interpreter, sender, isFirst }) {
  const url = new URL("graphql", document.baseURI).href;
  const token = known ?? "$VOLT_TOKEN";
  const python =
    `VOLT_API_URL=${url} VOLT_TOKEN=${token} VOLT_FROM=${sender} ` +
    `${interpreter} -c 'from volt import Volt; print(Volt().send("${TO}", "Hello"))'`;
  const content = {
    query: "mutation ($to: String!, $from: String!, $body: String!) { createMessage(to: $to, from: $from, body: $body) { id } }",
    variables: { to: TO, from: sender, body: "Hello" },
  };
  const curl =
    `curl ${url} --header "Authorization: Bearer ${token}" --header "Content-Type: application/json" ` +
    `--data '${JSON.stringify(content)}'`;
  return h("div", { class: "start" },
    h("h2", {}, isFirst ? "No texts yet" : "Choose a conversation"),
    h("p", {}, isFirst ? "Paste one of these into a terminal. The text appears here by itself." : "Or send one more text:"),
    line("Python, where volt is installed", python),
    line("curl", curl),
    known === null && h("p", { class: "muted" }, "VOLT_TOKEN is the --token that this sandbox was started with."),
    h("p", { class: "muted" },
      "No text leaves this machine. Some numbers are refused, fail or are slow: see ",
      h("a", { href: "#/numbers" }, "Numbers"), `. Your sender is ${number(sender)}. Press `, h("kbd", {}, "?"), " for the keys."));
}

function line(name, text) {
  return h("figure", { class: "line" },
    h("figcaption", {}, name, copyButton(text)),
    code(name, text));
}
