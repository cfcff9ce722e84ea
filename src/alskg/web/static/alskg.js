// Suggestions below the search boxes, by the ARIA pattern of an editable combobox. The form works without them.
"use strict";

const WAIT_MILLISECONDS = 120;

// From a page of an earlier revision, everything leads to that one.
const { revision } = document.documentElement.dataset;
const stay = (address) => (revision ? `${address}${address.includes("?") ? "&" : "?"}revision=${revision}` : address);

function suggest(form) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  list.className = "suggestions";
  list.id = `${input.id}-suggestions`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })) input.setAttribute(name, value);
  let waiting = 0;
  let chosen = -1;
  let asked = 0;

  const show = (isOpen) => {
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) input.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    const options = [...list.children];
    chosen = (number + options.length) % options.length;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    input.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  };
  const fill = (groups) => {
    const all = groups.flatMap((group) => group.items.map((item) => ({ ...item, group: group.collection })));
    // A thing of several kinds is one thing to go to.
    const hits = [...new Map(all.toReversed().map((hit) => [hit.url, hit])).values()].reverse();
    list.replaceChildren(...hits.map((hit, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = stay(hit.url);
      const kind = document.createElement("span");
      kind.textContent = hit.group.replaceAll("-", " ");
      const called = hit.polarity ? `${hit.polarity}: ${hit.label}` : hit.label;
      option.append(hit.by ? `${called} (by its ${hit.by} ${hit.matched})` : hit.matched && hit.matched !== hit.label ? `${called} (${hit.matched})` : called, kind);
      return option;
    }));
    chosen = -1;
    show(hits.length > 0 && document.activeElement === input);
  };
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    const text = input.value.trim();
    if (!/[\p{L}\p{N}]/u.test(text)) { show(false); return; }
    waiting = setTimeout(async () => {
      const number = ++asked;
      const answer = await fetch(stay(`/search?limit=8&q=${encodeURIComponent(text)}`), { headers: { Accept: "application/json" } });
      if (answer.ok && number === asked) fill((await answer.json()).groups);
    }, WAIT_MILLISECONDS);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(chosen + (event.key === "ArrowDown" ? 1 : chosen < 0 ? 0 : -1)); }
    if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); location.href = list.children[chosen].dataset.url; }
    if (event.key === "Escape") show(false);
  });
  list.addEventListener("mousedown", (event) => {
    const option = event.target.closest("li");
    if (option) { event.preventDefault(); location.href = option.dataset.url; }
  });
  input.addEventListener("blur", () => show(false));
}

document.querySelectorAll("form[data-suggest]").forEach(suggest);

// A part that few look at (the neighbourhood as a graph) is fetched when somebody asks for it.
document.querySelectorAll("button[data-graph]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { draw } = await import(button.dataset.module);
    await draw(document.getElementById(button.dataset.graph), button.dataset);
    button.hidden = true;
  }, { once: true });
});

// Pages are the same for everybody, and the cookie of who is signed in goes to the desk alone: the desk leaves word here.
const KEY = "alskg-is-signed-in";
try {
  if (document.getElementById("sign-out")) localStorage.setItem(KEY, "yes");
  if (document.getElementById("sign-in")) localStorage.removeItem(KEY);
  if (localStorage.getItem(KEY)) document.querySelectorAll(".for-visitors").forEach((hint) => { hint.hidden = true; });
} catch {
  // Where nothing may be stored, the hint stands, and does no harm.
}

// Who goes back sees the filters of that page, and not those chosen on leaving it: a browser that kept the whole page has these.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("form.filters").forEach((form) => form.reset());
});

// What is left open in a form is no part of the address that somebody shares.
document.querySelectorAll("form[method=get]").forEach((form) => form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
}));
