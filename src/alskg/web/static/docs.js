// Swagger UI over our own description; nothing is asked of a validator elsewhere.
"use strict";

const place = document.getElementById("swagger");
// The library's own way to follow references takes seconds over a description as long as ours, at each part that is opened.
const at = (description, path) => path.reduce((value, key) => value?.[key], description);
const together = (one, other) => ({
  ...one, ...other, properties: { ...one.properties, ...other.properties }, required: [...(one.required ?? []), ...(other.required ?? [])],
});
function resolved(value, description, above = []) {
  if (Array.isArray(value)) return value.map((one) => resolved(one, description, above));
  if (typeof value !== "object" || value === null) return value;
  const { $ref, ...beside } = value;
  if (typeof $ref !== "string" || !$ref.startsWith("#/")) {
    const { allOf, ...own } = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one, description, above)]));
    return Array.isArray(allOf) ? allOf.reduce(together, own) : { ...own, ...(allOf && { allOf }) };
  }
  // What is part of itself ends where it comes again.
  if (above.includes($ref)) return {};
  const found = at(description, $ref.slice(2).split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")));
  return resolved({ ...found, ...beside }, description, [...above, $ref]);
}

// The page has its main part already, and what is one can be nothing else.
const nested = ({ React }) => {
  const { createElement } = React;
  React.createElement = (type, ...more) => createElement(type === "main" ? "div" : type, ...more);
  return {};
};

globalThis.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  fn: { resolveSubtree: async (description, path) => ({ spec: resolved(at(description, path), description), errors: [] }) },
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  plugins: [nested],
  layout: "BaseLayout",
});

// What Swagger UI leaves hard to reach or without a name.
function mend() {
  place.querySelectorAll("pre:not([tabindex])").forEach((element) => element.setAttribute("tabindex", "0"));
  place.querySelectorAll(".opblock-summary-control a[href]").forEach((element) => element.removeAttribute("href"));
  place.querySelectorAll("tr[data-param-name] :is(select, input, textarea):not([aria-label])").forEach((element) =>
    element.setAttribute("aria-label", element.closest("tr").dataset.paramName));
}
new MutationObserver(mend).observe(place, { childList: true, subtree: true });
