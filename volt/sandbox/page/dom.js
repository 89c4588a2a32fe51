// Elements, made without any HTML: every text becomes a text node.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: properties that begin with `on` listen, `true` is an attribute without a value. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return element;
}

/** Draw an icon of one path, on a grid of 20 by 20. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * Make the children those of the items, in order. What has not changed stays the same element, so
 * that focus, selection and scrolling stay too; what has the focus and changed gets it back.
 */
export function keyed(parent, items, keyOf, render) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const focused = parent.contains(document.activeElement) && document.activeElement;
  const within = focused && [...parent.children].find((child) => child.contains(focused));
  const order = within && placesToFocus(within).indexOf(focused);
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const shown = JSON.stringify(item);
    let child = before.get(key);
    before.delete(key);
    if (!child || child.shown !== shown) {
      const fresh = render(item);
      fresh.dataset.key = key;
      fresh.shown = shown;
      if (child) {
        if (child === place) place = fresh;
        child.replaceWith(fresh);
      }
      child = fresh;
    }
    if (child === place) place = place.nextElementSibling;
    else parent.insertBefore(child, place);
  }
  for (const gone of before.values()) gone.remove();
  if (within && !focused.isConnected) {
    const fresh = [...parent.children].find((child) => child.dataset.key === within.dataset.key);
    if (fresh) placesToFocus(fresh).slice(0, order + 1).at(-1)?.focus();
  }
}

const placesToFocus = (element) => [...element.querySelectorAll("a, button, summary, pre")];

/**
 * Make a function that runs one at a time, and once more if it was asked for meanwhile: the last
 * call is never lost, and none piles up. `pause` is how many milliseconds lie between two runs.
 */
export function paced(run, pause = 0) {
  let running = false;
  let wanted = false;
  return async function ask() {
    wanted = true;
    if (running) return;
    running = true;
    try {
      while (wanted) {
        wanted = false;
        await run();
        if (pause) await new Promise((done) => setTimeout(done, pause));
      }
    } finally {
      running = false;
    }
  };
}

/** Whether what had the focus is no longer to be seen; all of a section has it for want of a place. */
export function isFocusGone() {
  const { activeElement, body } = document;
  return activeElement === body || activeElement?.id === "main" || !activeElement?.checkVisibility();
}

/** Tell the person something, for a while. */
export function toast(text, kind = "note") {
  const shown = h("p", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), 8000);
}

/** Do what a person asked for; what goes wrong is told, not lost. */
export function attempt(action) {
  return async (event) => {
    event?.preventDefault?.();
    try {
      await action(event);
    } catch (error) {
      toast(error.message, "danger");
    }
  };
}

/** A text as it is, for the keyboard too: it can be long. */
export function code(name, ...children) {
  return h("pre", { tabindex: "0", role: "group", "aria-label": name }, h("code", {}, children));
}

/** A button that puts a text on the clipboard. */
export function copyButton(text, label = "Copy") {
  const button = h("button", { type: "button", class: "quiet small copy" }, label);
  button.addEventListener("click", attempt(async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 1500);
  }));
  return button;
}
