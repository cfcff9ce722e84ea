// Swagger UI over our own description; nothing is asked of a validator elsewhere.
"use strict";

const place = document.getElementById("swagger");
globalThis.SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  presets: [globalThis.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});

// What Swagger UI leaves hard to reach or without a name.
function mend() {
  place.querySelectorAll("main:not([role])").forEach((element) => {
    element.setAttribute("role", "presentation");
    // What can be focused keeps the role of its name, whatever else it is given.
    element.removeAttribute("tabindex");
  });
  place.querySelectorAll("pre:not([tabindex])").forEach((element) => element.setAttribute("tabindex", "0"));
  place.querySelectorAll(".opblock-summary-control a[href]").forEach((element) => element.removeAttribute("href"));
  place.querySelectorAll("tr[data-param-name] :is(select, input, textarea):not([aria-label])").forEach((element) =>
    element.setAttribute("aria-label", element.closest("tr").dataset.paramName));
}
new MutationObserver(mend).observe(place, { childList: true, subtree: true });
