// The table of magic numbers.

import { get } from "./api.js";
import { attempt, copyButton, h } from "./dom.js";

export function numbers() {
  const rows = h("tbody");
  const element = h("div", { class: "sheet" },
    h("h1", {}, "Numbers"),
    h("p", { class: "lead" },
      "What happens to a text depends on its number. Nobody can have one of these: 555-01xx is set aside for fiction, and no area code has a 9 in its middle. Any other number is delivered."),
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "A text to"), h("th", { scope: "col" }, "What happens to it"), h("th", {}, h("span", { class: "unseen" }, "Copy")))),
      rows));
  return {
    element,
    title: () => "Numbers",
    show: attempt(async () => {
      const table = await get("numbers");
      rows.replaceChildren(...table.map(({ number, does, meaning }) => h("tr", {},
        h("th", { scope: "row", class: "number" }, number),
        h("td", {}, does, meaning && h("span", { class: "muted meaning" }, meaning)),
        h("td", {}, !number.includes("N") && copyButton(number.replaceAll(" ", ""))))));
    }),
    on() {},
  };
}
