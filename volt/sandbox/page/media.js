// Media of a message: nothing is asked of their server before a person wants to see them.

import { h } from "./dom.js";

const CARD = /\.vcf$/i;

export function pictures(urls) {
  return h("ul", { class: "pictures" }, urls.map((url) => h("li", {}, picture(url))));
}

function picture(url) {
  const { hostname, pathname } = new URL(url);
  const name = pathname.split("/").at(-1) || hostname;
  const box = h("div", { class: "picture" },
    h("span", { class: "name" }, name),
    h("span", { class: "muted" }, hostname));
  if (CARD.test(pathname)) {
    box.append(h("a", { class: "small", href: url, target: "_blank", rel: "noopener noreferrer" }, "Open"));
    return box;
  }
  const show = h("button", { type: "button", class: "quiet small", title: url }, `Load from ${hostname}`);
  show.addEventListener("click", () => {
    const image = h("img", { alt: name, referrerpolicy: "no-referrer", loading: "eager" });
    image.addEventListener("error", () => image.replaceWith(h("p", { class: "danger-text" }, "It could not be loaded as a picture.")));
    image.src = url;
    show.replaceWith(image);
  });
  box.append(show);
  return box;
}
