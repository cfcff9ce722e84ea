// Names of things are suggested while somebody types; a list takes one more value. The forms work without either.
"use strict";

const WAIT_MILLISECONDS = 150;
const SPEAKING = ["propositions", "claims", "disagreements"];
let waiting = 0;

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!input.matches?.("input[data-things]")) return;
  clearTimeout(waiting);
  const text = input.value.trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return;
  waiting = setTimeout(async () => {
    const within = input.dataset.things ? `&collection=${encodeURIComponent(input.dataset.things)}` : "";
    const answer = await fetch(`/search?limit=30&q=${encodeURIComponent(text)}${within}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { groups } = await answer.json();
    // What only speaks of things is no end of a claim; a field that takes just that asks for its collection.
    const fitting = groups.filter((group) => input.dataset.things || !SPEAKING.includes(group.collection));
    // A thing in a role is found in the collection of the role, too.
    const hits = new Map(fitting.flatMap((group) => group.items).map((hit) => [hit.curie, hit]));
    input.list.replaceChildren(...[...hits.values()].map((hit) => {
      const option = document.createElement("option");
      option.value = hit.curie;
      // Some browsers show only options that have in them what was typed, which may be another name of the thing.
      const called = hit.polarity ? `${hit.polarity}: ${hit.label}` : hit.label;
      option.textContent = hit.matched === hit.label ? called : `${called} (${hit.matched})`;
      return option;
    }));
  }, WAIT_MILLISECONDS);
});

document.querySelectorAll("button[data-more]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const controls = button.closest(".field").querySelectorAll("input, textarea, select");
    const copy = controls[controls.length - 1].cloneNode(true);
    copy.value = "";
    copy.id = `${copy.id}-${controls.length}`;
    controls[controls.length - 1].after(copy);
    copy.focus();
  });
});

// Who comes back to a form finds it as it was sent: its number stands in the address from the first.
const sheet = document.querySelector("input[name=sheet]");
if (sheet) {
  const here = new URL(location.href);
  here.searchParams.set("sheet", sheet.value);
  history.replaceState(history.state, "", here);
}

// A long list is looked through by typing, and has only what may be said of the chosen subject. Without a script it stays a list.
document.querySelectorAll("select[data-find]").forEach((select) => {
  const input = document.createElement("input");
  const list = document.createElement("datalist");
  const options = [...select.options].filter((option) => option.value);
  const subject = select.form.elements.subject;
  for (const name of ["id", "name", "aria-label", "aria-describedby", "aria-invalid"]) {
    if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  }
  list.id = `list-${select.name}`;
  input.setAttribute("list", list.id);
  input.autocomplete = "off";
  input.value = select.selectedOptions[0]?.textContent ?? "";
  const fill = () => {
    const prefix = /^[\w-]+(?=:)/.exec(subject.value.trim())?.[0];
    const fitting = options.filter(({ dataset }) => dataset.of?.split(" ").includes(prefix));
    // A subject that is written in another way, or none, leaves all of them.
    list.replaceChildren(...(fitting.length ? fitting : options).map((option) => Object.assign(document.createElement("option"), { value: option.textContent })));
  };
  subject.addEventListener("input", fill);
  fill();
  select.replaceWith(input, list);
});
