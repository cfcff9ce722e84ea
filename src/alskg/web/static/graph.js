// Draws what stands around a thing, from the same JSON that the page is made of.
"use strict";

const NODES_MAX = 24;
const FURTHER = 24;
const GROWTH = 1.3;
const RING = 100;
const ZOOM_MAX = 2;
const MARGIN_PIXELS = 48;

function loaded(address) {
  if (globalThis.cytoscape) return Promise.resolve();
  return new Promise((resolve, reject) => {
    // The library would write a style element into the page, which the policy forbids; it doesn't where there is one.
    const mark = document.createElement("link");
    mark.id = "__________cytoscape_stylesheet";
    document.head.append(mark);
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => reject(new Error("The drawing could not be loaded."));
    document.head.append(script);
  });
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["ink", "soft", "accent", "line-strong", "against", "mixed", "surface", "paper"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// What most claims speak to comes first, so that what is left out is what least is said of.
function byWeight(thing) {
  const weight = (one) => one.for + one.against + one.inferred;
  return [...thing.statements, ...thing.statedAbout].sort((one, other) => weight(other) - weight(one));
}

function others(thing) {
  const ends = byWeight(thing).flatMap((one) => [one.subject, one.object]).map((end) => end?.id ?? `text:${end}`);
  return new Set(ends.filter((id) => id !== thing.id)).size;
}

function elements(thing, most) {
  const nodes = new Map([[thing.id, { id: thing.id, label: thing.label ?? thing.id, centre: true }]]);
  const edges = new Map();
  for (const statement of byWeight(thing)) {
    const ends = [statement.subject, statement.object].map((end) => (typeof end === "object" && end ? end : { id: `text:${end}`, label: String(end) }));
    for (const end of ends) if (!nodes.has(end.id) && nodes.size <= most) nodes.set(end.id, { id: end.id, label: end.label ?? end.id });
    if (!ends.every((end) => nodes.has(end.id))) continue;
    // What is said alike of the same two is one arrow, with each of its names once.
    const id = JSON.stringify([...ends.map((end) => end.id), statement.stance]);
    const edge = edges.get(id) ?? { id, source: ends[0].id, target: ends[1].id, names: new Set(), stance: statement.stance };
    edge.names.add(named(statement));
    edges.set(id, { ...edge, label: [...edge.names].join(", ") });
  }
  return [...[...nodes.values()].map((data) => ({ data, group: "nodes" })), ...[...edges.values()].map((data) => ({ data, group: "edges" }))];
}

// A colour alone says to nobody that a statement is denied.
function named({ predicate, stance }) {
  return stance === "affirmed" ? predicate.label : `${predicate.label} (${stance})`;
}

export function picture(place, items) {
  const c = colours();
  // Sizes as they look on the screen, however far somebody goes in or out.
  const seen = (pixels) => () => pixels / (graph?.zoom() ?? 1);
  let graph;
  graph = globalThis.cytoscape({
    container: place,
    elements: items,
    style: [
      { selector: "node", style: { label: "data(label)", "font-size": seen(12), color: c.ink, "background-color": c.accent, width: seen(12), height: seen(12), "text-valign": "bottom", "text-margin-y": seen(4), "text-wrap": "wrap", "text-max-width": seen(130), "text-background-color": c.surface, "text-background-opacity": 0.8 } },
      { selector: "node[?centre]", style: { width: seen(22), height: seen(22), "font-size": seen(16), "font-weight": "bold", "text-background-opacity": 1, "z-index": 9, "text-background-padding": seen(3) } },
      { selector: "edge", style: { width: seen(1.3), "arrow-scale": seen(0.8), "line-color": c["line-strong"], "target-arrow-color": c["line-strong"], "target-arrow-shape": "triangle", "curve-style": "bezier", label: "data(label)", "font-size": seen(10), "text-wrap": "ellipsis", "text-max-width": seen(150), color: c.soft, "text-rotation": "autorotate", "text-background-color": c.surface, "text-background-opacity": 0.85 } },
      { selector: "edge[stance = 'denied']", style: { "line-style": "dashed", "line-color": c.against, "target-arrow-color": c.against } },
      { selector: "edge[stance = 'contested']", style: { "line-color": c.mixed, "target-arrow-color": c.mixed } },
    ],
    layout: items.some((one) => one.data.centre) ? rings(items) : { name: "cose", animate: false, randomize: true, nodeDimensionsIncludeLabels: true, nodeRepulsion: () => 400000, nodeOverlap: 40, idealEdgeLength: () => 110, gravity: 0.4, numIter: 1500, fit: false },
  });
  fill(place, graph);
  graph.on("zoom", () => graph.style().update());
  graph.on("tap", "node", (event) => {
    const address = event.target.id();
    const mark = "https://w3id.org/alskg/";
    const { revision } = document.documentElement.dataset;
    if (address.startsWith(mark)) location.href = `/${address.slice(mark.length)}${revision ? `?revision=${revision}` : ""}`;
  });
  return graph;
}

// The thing in the middle, and around it, ring by ring, what it is linked to, so that names stand side by side and not on
// each other; each ring is turned by half a step, so that an arrow passes between those of the ring before.
function rings(items) {
  const those = items.filter((one) => one.group === "nodes" && !one.data.centre).map((one) => one.data.id);
  const place = (id) => {
    const number = those.indexOf(id);
    if (number < 0) return { x: 0, y: 0 };
    const ring = Math.floor(number / FURTHER);
    const angle = (2 * Math.PI * (number - ring * FURTHER + ring / 2)) / Math.min(FURTHER, those.length - ring * FURTHER);
    return { x: (ring + 2) * RING * Math.sin(angle), y: -(ring + 2) * RING * Math.cos(angle) };
  };
  return { name: "preset", fit: false, positions: (node) => place(node.id()) };
}

// The points take all the room there is, wide or high.
function fill(place, graph) {
  const { w, h } = graph.nodes().boundingBox({ includeLabels: false });
  const room = place.clientWidth / place.clientHeight;
  const wider = w && h ? Math.max(1, (room * h) / w) : 1;
  const higher = w && h ? Math.max(1, w / (room * h)) : 1;
  graph.nodes().positions((node) => ({ x: node.position("x") * wider, y: node.position("y") * higher }));
  graph.fit(graph.nodes(), MARGIN_PIXELS);
  graph.zoom({ level: Math.min(graph.zoom(), ZOOM_MAX), renderedPosition: { x: place.clientWidth / 2, y: place.clientHeight / 2 } });
  graph.style().update();
}

export async function draw(place, options) {
  await loaded(options.cytoscape);
  const answer = await fetch(options.url, { headers: { Accept: "application/json" } });
  place.className = "graph";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", "The statements above as a graph: things as points, statements as arrows.");
  const thing = await answer.json();
  const all = others(thing);
  let most = Math.min(NODES_MAX, all);
  let graph = picture(place, elements(thing, most));
  const told = document.createElement("p");
  told.className = "small soft";
  const more = document.createElement("button");
  more.type = "button";
  more.className = "small";
  more.textContent = "Draw more";
  const tell = () => {
    told.textContent = `${most} of ${all} are drawn, those first that most claims speak to. `;
    if (most < all) told.append(more);
  };
  more.addEventListener("click", () => {
    most = Math.min(most + FURTHER, all);
    place.style.height = `${place.clientHeight * GROWTH}px`;
    graph.destroy();
    graph = picture(place, elements(thing, most));
    tell();
  });
  tell();
  place.after(told);
}

export async function drawTriples(place, library, items) {
  await loaded(library);
  place.className = "graph";
  return picture(place, items);
}
