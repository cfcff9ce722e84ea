// The SPARQL editor: YASGUI with our own prefixes, completion, examples, messages and a drawing of graphs.
"use strict";

const { Yasgui } = globalThis;
const { Yasqe, Yasr } = Yasgui;
const place = document.getElementById("editor");
const trouble = document.getElementById("trouble");
const plain = document.getElementById("plain");
const { revision } = document.documentElement.dataset;
const ENDPOINT = new URL(`/sparql${revision ? `?revision=${revision}` : ""}`, location.href).href;
const OURS = "https://w3id.org/alskg/";
const TERMS = `PREFIX owl: <http://www.w3.org/2002/07/owl#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT DISTINCT ?term ?kind WHERE {
  VALUES ?kind { owl:Class rdf:Property owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty } ?term a ?kind
} ORDER BY ?term`;

async function json(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { Accept: "application/json, application/sparql-results+json", ...options.headers } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

const terms = json("/sparql", { method: "POST", headers: { "Content-Type": "application/sparql-query" }, body: TERMS }).then(({ results }) => {
  const found = results.bindings.map((row) => [row.term.value, row.kind.value.endsWith("Class")]);
  const of = (isClass) => [...new Set(found.filter(([, kind]) => kind === isClass).map(([term]) => term))];
  return { classes: of(true), properties: [...of(false), "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"] };
});
const prefixes = json("/context.jsonld", { headers: { Accept: "application/ld+json" } }).then((context) =>
  Object.entries(context["@context"]).filter(([name, value]) => typeof value === "string" && /^[a-zA-Z][\w-]*$/.test(name) && /[/#_]$/.test(value)));

// The library would ask servers of others for prefixes and terms; ours come from this one.
Yasqe.forkAutocompleter("class", { name: "our-classes", bulk: true, persistenceId: null, get: async () => (await terms).classes });
Yasqe.forkAutocompleter("property", { name: "our-properties", bulk: true, persistenceId: null, get: async () => (await terms).properties });
Yasqe.forkAutocompleter("prefixes", { name: "our-prefixes", bulk: true, persistenceId: null, get: async () => (await prefixes).map(([name, space]) => `${name}: <${space}>`) });
// Things are looked for by what stands after a prefix of ours, as in drug:ri.
const BEGUN = /^([\w-]+:)([\w-]+)$/;
Yasqe.registerAutocompleter({
  name: "our-things",
  isValidCompletionPosition(yasqe) {
    const [, prefix] = BEGUN.exec(yasqe.getCompleteToken().string.trim()) ?? [];
    const space = yasqe.getPrefixesFromQuery()[prefix?.slice(0, -1)] ?? "";
    return space.startsWith(OURS) && space !== `${OURS}ontology/`;
  },
  async get(_, { string }) {
    const [, prefix, begun] = BEGUN.exec(string.trim());
    const { groups } = await json(`/search?limit=100&q=${encodeURIComponent(begun)}${revision ? `&revision=${revision}` : ""}`);
    return [...new Set(groups.flatMap((group) => group.items).map((hit) => hit.curie).filter((curie) => curie?.startsWith(prefix)))];
  },
});
Yasqe.defaults.autocompleters = ["our-prefixes", "our-classes", "our-properties", "our-things", "variables"];
Yasqe.defaults.value = plain.querySelector("textarea").value;

class Drawing {
  priority = 9;
  label = "Graph";
  constructor(yasr) { this.yasr = yasr; }
  getIcon() {
    // Drawn and not a character, which not all fonts have.
    const icon = document.createElement("div");
    icon.className = "svgImg";
    icon.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 14a3 3 0 1 0 2.6 4.5h8.8a3 3 0 1 0 0-3H13l-.6-7.6a3 3 0 1 0-2 .1L7.6 15.5A3 3 0 0 0 5 14z"/></svg>';
    return icon;
  }
  canHandleResults() { return (this.yasr.results?.getContentType() ?? "").includes("n-triples"); }
  async draw() {
    const { drawTriples } = await import(place.dataset.graph);
    const text = this.yasr.results.getOriginalResponseAsString();
    const box = document.createElement("div");
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", "The triples as a graph; the raw response has them as text.");
    this.yasr.resultsEl.replaceChildren(box);
    await drawTriples(box, place.dataset.cytoscape, elements(text));
  }
}

function elements(text) {
  const nodes = new Map();
  const edges = new Map();
  const add = (term) => nodes.set(term, { group: "nodes", data: { id: term, label: short(term) } });
  for (const [, subject, predicate, object] of text.matchAll(/^(\S+) <(\S+)> (.+) \.$/gm)) {
    const ends = [subject, object].map((term) => term.replace(/^<(.*)>$/, "$1"));
    ends.forEach(add);
    // What leads the same way is one arrow with all the names.
    const way = ends.join(" ");
    const label = [edges.get(way)?.data.label, short(predicate)].filter(Boolean).join(", ");
    edges.set(way, { group: "edges", data: { source: ends[0], target: ends[1], label } });
  }
  return [...nodes.values(), ...edges.values()];
}

function short(term) {
  const literal = /^"((?:[^"\\]|\\.)*)"/.exec(term);
  return literal ? literal[1].slice(0, 60) : term.split(/[/#]/).at(-1);
}

// The library's table hands what a query answers to a parser of HTML, which asks for what a text names. Here cells are
// made of text alone, and what it sorts and looks through is text as well.
class TextTable extends Yasr.plugins.table {
  constructor(yasr) {
    super(yasr);
    // Numbers and texts as they are read; who wants their datatypes takes "Simple view" away, which is remembered.
    this.persistentConfig.compact = true;
  }
  getColumns() {
    return super.getColumns().map((column) => (column.name ? { ...column, render: (term, kind) => this.cell(term, kind) } : column));
  }
  cell(term, kind) {
    if (!term) return "";
    const box = document.createElement("div");
    if (kind === "display") {
      const span = box.appendChild(document.createElement("span"));
      span.append(...this.parts(term));
    } else {
      box.textContent = written(term);
    }
    // What leaves here is HTML again, in which everything that was text is still text.
    return kind === "display" ? box.outerHTML : box.innerHTML;
  }
  parts(term) {
    const isShort = this.persistentConfig.compact;
    if (term.type === "uri") return this.iri(term.value);
    if (term.type === "triple" || isShort) return [written(term)];
    const language = term["xml:lang"];
    const sup = document.createElement("sup");
    if (language) sup.textContent = `@${language}`;
    else if (term.datatype) sup.append("^^", ...this.iri(term.datatype));
    return sup.hasChildNodes() ? [`"${term.value}"`, sup] : [term.value];
  }
  iri(iri) {
    const prefixed = Object.entries(this.yasr.getPrefixes() ?? {}).find(([, space]) => iri.startsWith(space));
    const link = document.createElement("a");
    link.className = "iri";
    link.textContent = prefixed ? `${prefixed[0]}:${iri.slice(prefixed[1].length)}` : iri;
    // Our own things are on this server; a scheme that a browser would run leads nowhere.
    if (iri.startsWith(OURS) && iri[OURS.length] !== "/") link.href = `/${iri.slice(OURS.length)}${revision ? `?revision=${revision}` : ""}`;
    else if (/^https?:/i.test(iri)) link.href = iri;
    return prefixed || this.persistentConfig.compact ? [link] : ["<", link, ">"];
  }
}

function written(term) {
  if (term.type !== "triple") return term.value;
  const { subject, predicate, object } = term.value;
  return `<< ${[subject, predicate, object].map(written).join(" ")} >>`;
}

// A part of the library writes a style element, which the policy forbids; as a sheet of the page's own it may stand.
const sheets = new Set();
const append = document.head.appendChild;
document.head.appendChild = function (node) {
  if (node.tagName !== "STYLE") return append.call(this, node);
  if (!sheets.has(node.textContent)) {
    sheets.add(node.textContent);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(node.textContent);
    document.adoptedStyleSheets.push(sheet);
  }
  return node;
};

// What the library leaves without a name, for those who can't see it.
const NAMES = { ".tableSizer": "Rows on a page", ".tableFilter": "Filter the rows", ".addTab": "New tab", ".yasqe_queryButton": "Run the query", ".CodeMirror textarea": "SPARQL query" };
// What scrolls must be reached by the keyboard.
const SCROLLING = { ".yasr_results": "The answer", ".CodeMirror-scroll": "The text, to be scrolled" };
function name() {
  for (const [selector, label] of Object.entries(NAMES)) {
    place.querySelectorAll(`${selector}:not([aria-label])`).forEach((element) => element.setAttribute("aria-label", label));
  }
  place.querySelectorAll(".CodeMirror textarea:not([aria-describedby])").forEach((text) => text.setAttribute("aria-describedby", "keys"));
  for (const [selector, label] of Object.entries(SCROLLING)) {
    place.querySelectorAll(`${selector}:not([role])`).forEach((element) => {
      element.tabIndex = 0;
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", label);
    });
  }
  place.querySelectorAll(".addTab:not([role])").forEach((element) => {
    element.setAttribute("role", "tab");
    element.setAttribute("aria-selected", "false");
  });
}
new MutationObserver(name).observe(place, { childList: true, subtree: true });

Yasr.registerPlugin("graph", Drawing);
Yasr.registerPlugin("table", TextTable);
delete Yasr.plugins.geo;

// The status of a long answer goes out before its end is known. One that breaks off says why in its last line, where that
// still arrives; else the page tells what it may have been.
const { fetch: ask } = globalThis;
globalThis.fetch = async (request, ...more) => {
  const begun = performance.now();
  const answer = await ask(request, ...more).catch(giveUp);
  if (request.url !== ENDPOINT || !answer.ok) return answer;
  answer.text = () => whole(answer, begun);
  return answer;
};
// By this message the library knows that somebody gave a query up, which is no error to be shown.
function giveUp(error) {
  throw error.name === "AbortError" ? Object.assign(new Error("Aborted"), { name: error.name }) : error;
}
async function whole(answer, begun) {
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  const parts = [];
  let bytes = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      parts.push(decoder.decode(part.value, { stream: true }));
    }
  } catch (error) {
    if (error.name === "AbortError") giveUp(error);
    throw new Error(JSON.stringify(brokenOff(bytes, (performance.now() - begun) / 1000, parts.slice(-2).join(""))));
  }
  return parts.join("") + decoder.decode();
}
function brokenOff(bytes, seconds, end) {
  const met = /\n# The answer is not whole: (.*)\n$/.exec(end)?.[1];
  const came = `${bytes.toLocaleString("en")} bytes in ${seconds.toLocaleString("en", { maximumFractionDigits: 1 })} s`;
  return {
    title: "The answer was broken off",
    detail: `The answer was broken off. ${met ?? `It ran past a limit, or the connection was lost; the limits are: ${place.dataset.limits}.`} ${came} had come, which is not shown, as it is not the answer. Ask for less: with LIMIT, for fewer columns, or for one part at a time (ORDER BY with OFFSET).`,
    files: "/dumps",
  };
}

// In place of the answer: what went wrong in words, the line that it is in, and the problem as the server wrote it.
async function explained({ text }) {
  const problem = problemOf({ message: text ?? "" });
  // An answer that was kept is drawn while the editor is still being made.
  await null;
  const box = document.createElement("div");
  const add = (tag, content, within = box) => Object.assign(within.appendChild(document.createElement(tag)), { textContent: content });
  box.className = "problem";
  add("h2", problem.title ?? "There is no answer");
  add("p", problem.detail ?? "");
  if (problem.line) {
    add("p", `Line ${problem.line}${problem.column ? `, column ${problem.column}` : ""} is here:`);
    const line = yasgui.getTab().getYasqe().getValue().split("\n")[problem.line - 1] ?? "";
    const shown = add("pre", line.slice(0, (problem.column ?? 1) - 1));
    if (problem.column) add("mark", line.slice(problem.column - 1) || " ", shown);
    else shown.textContent = line;
  }
  if (problem.files) {
    const said = add("p", "The whole graph, and each collection, is there in files: ");
    add("a", problem.files, said).href = problem.files;
    return box;
  }
  const raw = box.appendChild(document.createElement("details"));
  add("summary", "The problem as the server wrote it", raw);
  add("pre", text ?? "", raw);
  return box;
}
Yasr.defaults.errorRenderers = [explained];

Yasgui.defaults.requestConfig.endpoint = ENDPOINT;
const yasgui = new Yasgui(place, {
  // Tabs remember where they ask, and those of an earlier revision must not ask the present, nor the other way round.
  persistenceId: revision ? `alskg-${revision}` : "alskg",
  requestConfig: { endpoint: ENDPOINT, method: "POST", acceptHeaderGraph: "application/n-triples,text/turtle;q=0.9", acceptHeaderSelect: "application/sparql-results+json" },
  copyEndpointOnNewTab: false,
  endpointCatalogueOptions: { getData: () => [{ endpoint: ENDPOINT }] },
  yasr: { pluginOrder: ["table", "boolean", "graph", "response"], defaultPlugin: "table" },
});
plain.hidden = true;
document.getElementById("examples").hidden = false;

// What went wrong is said above the editor, with line and column, and the cursor goes there.
const told = new WeakSet();
function attend(tab) {
  const yasqe = tab?.getYasqe();
  if (!yasqe || told.has(yasqe)) return;
  told.add(yasqe);
  unfold(tab.getYasr());
  letGo(yasqe);
  // The library's own link has all its settings in it, which are the same for everybody here.
  yasqe.config.createShareableLink = () => `${location.origin}${location.pathname}${location.search}#query=${encodeURIComponent(yasqe.getValue())}`;
  const unmark = () => yasqe.eachLine((line) => { yasqe.removeLineClass(line, "background", "wrong-line"); });
  yasqe.on("query", () => {
    trouble.hidden = true;
    unmark();
    forget(tab.getYasr());
  });
  yasqe.on("change", () => {
    unmark();
    const isUpdate = yasqe.getQueryMode() === "update";
    if (isUpdate) trouble.replaceChildren("This is an update. Nothing is changed from here; updates go by ", desk(), ".");
    if (isUpdate || trouble.querySelector("a")) trouble.hidden = !isUpdate;
  });
  yasqe.on("error", (_, error) => {
    if (error?.name === "AbortError") return;
    const problem = problemOf(error);
    trouble.textContent = problem.detail;
    trouble.hidden = false;
    if (problem.line) {
      yasqe.setCursor(problem.line - 1, (problem.column ?? 1) - 1);
      yasqe.addLineClass(problem.line - 1, "background", "wrong-line");
      yasqe.focus();
    }
  });
}
// The Tab key indents; after Esc it leaves the text, either way (WCAG 2.1.2). The library's Esc would leave the focus nowhere,
// but where there are suggestions to close.
function letGo(yasqe) {
  let isLeaving = false;
  yasqe.on("keydown", (_, event) => {
    const isEscape = event.key === "Escape" && !yasqe.state.completionActive;
    event.codemirrorIgnore = isEscape || (isLeaving && event.key === "Tab");
    if (event.key !== "Shift") isLeaving = isEscape;
  });
}
// Triples are drawn and rows are a table at first; what somebody chooses stays while answers are of the same kind.
function unfold(yasr) {
  const draw = yasr.draw;
  let seen = yasr.results;
  let wasGraph = yasr.getSelectedPluginName() === "graph";
  yasr.draw = () => {
    if (yasr.results && yasr.results !== seen) {
      const isGraph = (yasr.results.getContentType() ?? "").includes("n-triples");
      if (isGraph !== wasGraph) yasr.selectedPlugin = isGraph ? "graph" : "table";
      [seen, wasGraph] = [yasr.results, isGraph];
    }
    draw.call(yasr);
  };
}
// What was answered before is no answer to what is asked now, whatever comes of it.
function forget(yasr) {
  yasr.results = undefined;
  yasr.emptyFallbackElement();
  yasr.resultsEl.replaceChildren();
  yasr.updateResponseInfo();
}
function desk() {
  const link = document.createElement("a");
  link.href = "/curate/turtle";
  link.textContent = "the desk, as Turtle to add and to remove";
  return link;
}
function problemOf(error) {
  try {
    return JSON.parse(error.message);
  } catch {
    return { detail: `The server gave no answer that can be read: ${error.message}` };
  }
}
yasgui.on("tabSelect", () => {
  // What is said there is of another tab.
  trouble.hidden = true;
  queueMicrotask(() => attend(yasgui.getTab()));
});
yasgui.on("tabAdd", () => queueMicrotask(() => attend(yasgui.getTab())));
attend(yasgui.getTab());
globalThis.yasgui = yasgui;

document.getElementById("examples").addEventListener("submit", async (event) => {
  event.preventDefault();
  const choice = event.target.elements.example;
  const { meta } = await json(choice.value);
  const value = new URL(meta.sparql, location.href).searchParams.get("query");
  yasgui.addTab(true, { name: choice.selectedOptions[0].textContent, requestConfig: { ...Yasgui.defaults.requestConfig, endpoint: ENDPOINT }, yasqe: { value } });
});
