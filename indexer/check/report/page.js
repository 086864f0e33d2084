"use strict";
// The findings as a list and the site as a drawing. All texts of posts are set as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en").format;
const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

// A drawing of more than this is a ball of wool, and slow.
const MOST_POSTS = 4000, MOST_LINKED = 6000, ALL_DRAWN = 400, LABELLED = 60, ROWS = 100;

const KINDS = {
  curated: { label: "curated", dash: [], width: 1.5, arrow: true },
  linked: { label: "linked in the text", dash: [], width: 0.7, arrow: false },
  suggested: { label: "suggested", dash: [5, 4], width: 1.4, arrow: true, bent: true },
  same: { label: "nearly the same", dash: [1.5, 3], width: 2, arrow: false },
};

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function drawn(shape, attributes) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const element = document.createElementNS(svg.namespaceURI, shape);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  svg.setAttribute("aria-hidden", "true");
  svg.append(element);
  return svg;
}

// ------------------------------------------------------------------------------------------------ posts and lines

const posts = data.posts.map((post, place) => ({ ...post, place, around: [], into: 0, findings: [] }));
const places = new Map(posts.map((post) => [post.path, post]));
for (const finding of data.findings) places.get(finding.path)?.findings.push(finding);

const pairs = { curated: data.curated, linked: data.linked, suggested: data.suggested, same: data.duplicates };
const lines = Object.entries(pairs).flatMap(([kind, own]) => own.map(([source, target, confidence]) => (
  { kind, source: posts[source], target: posts[target], confidence }
)));
for (const line of lines) {
  line.source.around.push(line);
  line.target.around.push(line);
  if (line.kind === "curated" || line.kind === "linked") line.target.into += 1;
}
for (const post of posts) {
  post.radius = 3.5 + 1.6 * Math.sqrt(post.into);
  post.broken = post.findings.some((finding) => finding.broken);
  post.orphan = post.findings.some((finding) => finding.kind === "orphan");
  post.same = post.around.some((line) => line.kind === "same");
}
const shown = { curated: true, linked: pairs.linked.length <= MOST_LINKED, suggested: true, same: true };
const withLines = posts.length <= ALL_DRAWN ? posts : posts.filter((post) => post.around.length);
const nodes = d3.sort(withLines, (post) => -post.around.length).slice(0, MOST_POSTS);
const inDrawing = new Set(nodes);
const links = lines.filter((line) => inDrawing.has(line.source) && inDrawing.has(line.target));

const broken = data.findings.filter((finding) => finding.broken).length;
byId("counts").textContent = [
  counted(posts.length, "post"),
  `${number(data.curated.length)} curated`,
  `${number(data.linked.length)} linked in the texts`,
  `${number(data.suggested.length)} suggested`,
  broken ? `${number(broken)} broken` : "nothing is broken",
].join(" · ");

// -------------------------------------------------------------------------------------------------------- drawing

const canvas = byId("canvas"), context = canvas.getContext("2d"), stage = canvas.parentElement;
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
let width = 0, height = 0, view = d3.zoomIdentity, colours = {}, hovered = null, chosen = null, moved = false, waiting = 0;

function coloursOf(element) {
  const style = getComputedStyle(element);
  const names = ["curated", "linked", "suggested", "same", "broken", "post", "ink", "soft", "stage", "look"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function draw() {
  waiting = 0;
  const focus = hovered ?? (inDrawing.has(chosen) ? chosen : null), near = focus && neighbours(focus), scale = view.k;
  const ratio = devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.translate(view.x, view.y);
  context.scale(scale, scale);
  const strength = Math.max(0.3, Math.min(0.75, 16 / Math.sqrt(links.length)));
  for (const [kind, look] of Object.entries(KINDS)) {
    if (!shown[kind]) continue;
    const own = links.filter((line) => line.kind === kind);
    stroke(own.filter((line) => !focus), look, colours[kind], strength);
    if (focus) {
      stroke(own.filter((line) => line.source !== focus && line.target !== focus), look, colours[kind], 0.07);
      stroke(own.filter((line) => line.source === focus || line.target === focus), look, colours[kind], 1);
    }
  }
  context.setLineDash([]);
  for (const post of nodes) mark(post, scale, focus && !near.has(post));
  label(focus, near, scale);
}

function soon() {
  waiting ||= requestAnimationFrame(draw);
}

function stroke(own, look, colour, strength) {
  if (!own.length) return;
  const scale = Math.max(0.35, view.k ** -0.6);
  context.globalAlpha = strength;
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = look.width * scale;
  context.setLineDash(look.dash.map((part) => part * scale));
  context.beginPath();
  for (const line of own) {
    const { source, target } = line, [x, y] = bend(line);
    context.moveTo(source.x, source.y);
    if (look.bent) context.quadraticCurveTo(x, y, target.x, target.y);
    else context.lineTo(target.x, target.y);
  }
  context.stroke();
  if (look.arrow && own.length < 1500) arrows(own, look, scale);
  context.globalAlpha = 1;
}

// A suggestion often goes the way back of a line that is there: bent, it is seen beside it.
function bend({ source, target }) {
  return [(source.x + target.x) / 2 + (target.y - source.y) * 0.14, (source.y + target.y) / 2 - (target.x - source.x) * 0.14];
}

function arrows(own, look, scale) {
  const size = 6 * scale;
  context.setLineDash([]);
  context.beginPath();
  for (const line of own) {
    const { source, target } = line, [fromX, fromY] = look.bent ? bend(line) : [source.x, source.y];
    const angle = Math.atan2(target.y - fromY, target.x - fromX);
    const x = target.x - (target.radius + 1.5) * Math.cos(angle), y = target.y - (target.radius + 1.5) * Math.sin(angle);
    context.moveTo(x, y);
    context.lineTo(x - size * Math.cos(angle - 0.4), y - size * Math.sin(angle - 0.4));
    context.lineTo(x - size * Math.cos(angle + 0.4), y - size * Math.sin(angle + 0.4));
  }
  context.fill();
}

function mark(post, scale, faded) {
  const fine = Math.max(0.4, Math.min(1, 1 / scale));
  context.globalAlpha = faded ? 0.15 : 1;
  context.beginPath();
  context.arc(post.x, post.y, Math.max(post.radius, 1.7 / scale), 0, 2 * Math.PI);
  context.fillStyle = post.orphan ? colours.stage : post.broken ? colours.broken : colours.post;
  context.fill();
  context.lineWidth = (post.orphan ? 1.8 : 1.2) * fine;
  context.strokeStyle = post.orphan ? (post.broken ? colours.broken : colours.look) : colours.stage;
  context.stroke();
  if (post.same) ring(post, colours.same, 2.5 * fine, 1.5 * fine);
  if (post === chosen) ring(post, colours.ink, 4 * fine, 2 * fine);
  context.globalAlpha = 1;
}

function ring(post, colour, gap, thick) {
  context.beginPath();
  context.arc(post.x, post.y, post.radius + gap, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.stroke();
}

function label(focus, near, scale) {
  const all = nodes.length <= LABELLED && scale > 0.45;
  let own = focus ? [...near] : all ? nodes : scale > 1.6 ? inSight().slice(0, LABELLED) : [];
  if (focus && own.length > LABELLED) own = [focus];
  const size = Math.max(9, Math.min(12, 11 / Math.sqrt(scale) + 2)) / scale * Math.min(scale, 1.15);
  context.font = `${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.lineJoin = "round";
  context.lineWidth = size / 4;
  context.strokeStyle = colours.stage;
  const taken = [];
  for (const post of d3.sort(own, (one) => (one === focus ? -Infinity : -one.around.length))) {
    const text = post.title.length > 34 && post !== focus ? `${post.title.slice(0, 32)}…` : post.title;
    const half = context.measureText(text).width / 2;
    // Below the post, else above it, clear of other posts if that can be; a text over another is none.
    const bases = [post.y + post.radius + size * 1.15, post.y - post.radius - size * 0.45];
    const free = bases.filter((base) => taken.every((box) => (
      Math.abs(box.x - post.x) > box.half + half || Math.abs(box.y - base) > size * 1.1
    )));
    const clear = free.find((base) => own.every((other) => other === post || Math.abs(other.x - post.x) > half + other.radius
      || Math.abs(other.y - base + size / 3) > other.radius + size / 2));
    const y = clear ?? free[0] ?? (post === focus ? bases[0] : undefined);
    if (y === undefined) continue;
    taken.push({ x: post.x, y, half });
    context.strokeText(text, post.x, y);
    context.fillStyle = post === focus ? colours.ink : colours.soft;
    context.fillText(text, post.x, y);
  }
}

function inSight() {
  const [left, top] = view.invert([0, 0]), [right, bottom] = view.invert([width, height]);
  return nodes.filter((post) => post.x > left && post.x < right && post.y > top && post.y < bottom);
}

function neighbours(post) {
  const near = new Set([post]);
  for (const line of post.around) if (shown[line.kind]) near.add(line.source).add(line.target);
  return near;
}

// --------------------------------------------------------------------------------------------------------- layout

// Posts of one folder begin beside each other, so that less is left to be settled.
const folders = d3.groups(d3.sort(nodes, (post) => post.path), (post) => post.path.split("/").slice(0, -1).join("/"));
folders.flatMap(([, own]) => own).forEach((post, place) => {
  const far = 14 * Math.sqrt(place + 0.5), angle = place * Math.PI * (3 - Math.sqrt(5));
  Object.assign(post, { x: far * Math.cos(angle), y: far * Math.sin(angle) });
});
const pulls = links.filter((line) => line.kind !== "linked" || links.length < 3 * MOST_LINKED);
const large = nodes.length > 1200;
const simulation = d3.forceSimulation(nodes)
  .force("lines", d3.forceLink(pulls).distance(large ? 30 : 62).strength((line) => (
    (line.kind === "suggested" ? 0.35 : 0.9) / Math.min(line.source.around.length, line.target.around.length)
  )))
  .force("charge", d3.forceManyBody().strength(large ? -45 : -210).distanceMax(large ? 2500 : 700).theta(large ? 1.1 : 0.9))
  .force("apart", d3.forceCollide((post) => post.radius + (nodes.length <= LABELLED ? 16 : 2)))
  .force("x", d3.forceX().strength(large ? 0.06 : 0.05))
  .force("y", d3.forceY().strength(large ? 0.06 : 0.09))
  .alphaDecay(large ? 0.045 : 0.02)
  .stop();

function settle() {
  const until = performance.now() + 40;
  while (simulation.alpha() > 0.005 && performance.now() < until) simulation.tick();
  if (!moved) showAll(0);
  soon();
  if (simulation.alpha() > 0.005) requestAnimationFrame(settle);
  else document.body.dataset.settled = "yes";
}

const zoom = d3.zoom().scaleExtent([0.02, 12]).on("zoom", (event) => {
  view = event.transform;
  moved ||= Boolean(event.sourceEvent);
  soon();
});
d3.select(canvas).call(zoom).on("dblclick.zoom", null);

function to(transform, duration) {
  const selection = d3.select(canvas);
  (duration && !calm ? selection.transition().duration(duration) : selection).call(zoom.transform, transform);
}

function showAll(duration) {
  if (!nodes.length) return;
  const [left, right] = d3.extent(nodes, (post) => post.x), [top, bottom] = d3.extent(nodes, (post) => post.y);
  const edge = nodes.length <= LABELLED ? 70 : 30;
  const scale = Math.min(2, (width - edge) / (right - left + 60), (height - 70) / (bottom - top + 60));
  to(d3.zoomIdentity.translate(width / 2, height / 2 - 8).scale(scale).translate(-(left + right) / 2, -(top + bottom) / 2), duration);
}

function resized() {
  width = stage.clientWidth;
  height = canvas.clientHeight;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  if (!moved) showAll(0);
  soon();
}

// ------------------------------------------------------------------------------------------------- hover and choose

function under(event) {
  const [x, y] = view.invert(d3.pointer(event, canvas));
  const post = simulation.find(x, y, 24 / view.k);
  return post && Math.hypot(post.x - x, post.y - y) < post.radius + 6 / view.k ? post : null;
}

canvas.addEventListener("pointermove", (event) => {
  const post = event.buttons ? null : under(event);
  if (post !== hovered) {
    hovered = post;
    soon();
  }
  canvas.classList.toggle("over", Boolean(post));
  tell(post, event);
});
canvas.addEventListener("pointerleave", () => {
  hovered = null;
  tell(null);
  soon();
});
canvas.addEventListener("click", (event) => choose(under(event)));

function tell(post, event) {
  const tip = byId("tip");
  tip.hidden = !post;
  if (!post) return;
  tip.replaceChildren(made("b", { textContent: post.title }), made("span", { textContent: post.path }));
  const [x, y] = d3.pointer(event, stage);
  tip.style.left = `${Math.max(4, Math.min(x + 14, width - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, Math.min(y + 14, height - tip.offsetHeight - 8))}px`;
}

function choose(post, centred = false) {
  chosen = post;
  const panel = byId("post");
  panel.hidden = !post;
  soon();
  if (!post) return;
  const close = made("button", { className: "close", type: "button", textContent: "×", ariaLabel: "Close" });
  close.addEventListener("click", () => choose(null));
  panel.replaceChildren(close, made("h3", { textContent: post.title }), made("small", { textContent: post.path }));
  part(panel, "To mend", post.findings.map((finding) => made("li", { textContent: `${finding.kind}: ${finding.message}` })));
  const groups = [["curated", "source", "Curates"], ["curated", "target", "Curated by"], ["suggested", "source", "Suggested"],
    ["linked", "source", "Links to"], ["linked", "target", "Linked from"]];
  for (const [kind, own, title] of groups) {
    const there = post.around.filter((line) => line.kind === kind && line[own] === post);
    part(panel, title, there.slice(0, 12).map((line) => made("li", {}, toPost(own === "source" ? line.target : line.source))),
      there.length);
  }
  panel.scrollTop = 0;
  if (!inDrawing.has(post)) panel.append(made("p", { textContent: "This post is not in the drawing." }));
  else if (centred) centre(post);
}

function part(panel, title, items, count = items.length) {
  if (!items.length) return;
  panel.append(made("h4", { textContent: count > items.length ? `${title} (${items.length} of ${number(count)})` : title }),
    made("ul", {}, ...items));
}

function toPost(post, words = post.title) {
  const button = made("button", { className: "go", type: "button", textContent: words, title: post.path });
  button.addEventListener("click", () => choose(post, true));
  return button;
}

function centre(post) {
  moved = true;
  const scale = Math.max(view.k, 1.4);
  const aside = width > 900 ? 160 : 0;
  to(d3.zoomIdentity.translate(width / 2 - aside, height / 2).scale(scale).translate(-post.x, -post.y), 500);
  byId("graph").scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

// --------------------------------------------------------------------------------------------------------- controls

for (const [kind, look] of Object.entries(KINDS)) {
  if (!pairs[kind].length) continue;
  const box = made("input", { type: "checkbox", checked: shown[kind] });
  box.addEventListener("change", () => {
    shown[kind] = box.checked;
    soon();
  });
  const sample = drawn("line", { x1: 0, x2: 32, y1: 5, y2: 5, stroke: `var(--${kind})`, "stroke-width": look.width + 0.6,
    "stroke-dasharray": look.dash.join(" ") });
  sample.setAttribute("viewBox", "0 0 32 10");
  byId("lines").append(made("label", {}, box, sample, look.label, made("small", { textContent: number(pairs[kind].length) })));
}

const marks = [[posts.some((post) => post.broken), "broken", { fill: "var(--broken)" }],
  [posts.some((post) => post.orphan), "orphan", { fill: "var(--stage)", stroke: "var(--look)", "stroke-width": 2 }],
  [posts.some((post) => post.same), "nearly the same as another", { fill: "var(--post)", stroke: "var(--same)", "stroke-width": 2.5 }]];
for (const [there, words, look] of marks) {
  if (!there) continue;
  const sample = drawn("circle", { cx: 8, cy: 8, r: 5.5, ...look });
  sample.setAttribute("viewBox", "0 0 16 16");
  byId("key").append(made("span", {}, sample, words));
}

const absent = [];
if (withLines.length < posts.length) absent.push(`${counted(posts.length - withLines.length, "post")} without any line`);
if (nodes.length < withLines.length) absent.push(`${counted(withLines.length - nodes.length, "post")} with fewer lines than those drawn`);
byId("left-out").textContent = [
  absent.length ? `Not drawn: ${absent.join(" and ")}; they can be found and are in the list below.` : "",
  shown.linked ? "" : "Links in the texts are so many that they are off at first.",
].join(" ").trim();

byId("fit").addEventListener("click", () => showAll(400));
const search = byId("search"), matches = byId("matches");
search.addEventListener("input", () => {
  const asked = search.value.trim().toLowerCase();
  const found = asked ? posts.filter((post) => `${post.title} ${post.path}`.toLowerCase().includes(asked)).slice(0, 8) : [];
  matches.hidden = !found.length;
  matches.replaceChildren(...found.map((post) => {
    const button = made("button", { type: "button" }, post.title, made("small", { textContent: post.path }));
    button.addEventListener("click", () => find(post));
    return made("li", {}, button);
  }));
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Enter") matches.querySelector("button")?.click();
});
byId("graph").addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  matches.hidden = true;
  choose(null);
});

function find(post) {
  matches.hidden = true;
  search.value = post.title;
  choose(post, true);
}

// --------------------------------------------------------------------------------------------------------- findings

const filter = byId("filter");
let wanted = "", most = ROWS;
const perKind = d3.rollups(data.findings, (own) => own.length, (finding) => finding.kind);
for (const [kind, count] of perKind) {
  const button = made("button", { type: "button", ariaPressed: "false" }, made("b", { textContent: number(count) }), kind);
  button.classList.toggle("broken", data.findings.some((finding) => finding.kind === kind && finding.broken));
  button.addEventListener("click", () => {
    wanted = wanted === kind ? "" : kind;
    for (const other of byId("kinds").children) other.ariaPressed = String(other === button && Boolean(wanted));
    list();
    byId("findings").scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  });
  byId("kinds").append(button);
}

function list() {
  const asked = filter.value.trim().toLowerCase();
  const own = data.findings.filter((finding) => (!wanted || finding.kind === wanted)
    && (!asked || `${finding.path} ${finding.message} ${finding.candidates.join(" ")}`.toLowerCase().includes(asked)));
  byId("listed").textContent = counted(own.length, "finding") + (wanted ? `: ${wanted}` : "");
  byId("rows").replaceChildren(...own.slice(0, most).map(row));
  byId("more").hidden = own.length <= most;
}

function row(finding) {
  const where = places.has(finding.path) ? toPost(places.get(finding.path), finding.path) : finding.path;
  const line = finding.line ? made("small", { textContent: `line ${finding.line}` }) : "";
  const candidates = finding.candidates.map((path) => (
    made("small", {}, places.has(path) ? toPost(places.get(path), path) : path)
  ));
  return made("tr", { className: finding.broken ? "broken" : "" }, made("td", { textContent: finding.kind }),
    made("td", {}, where, line), made("td", {}, finding.message, ...candidates));
}

filter.addEventListener("input", () => {
  most = ROWS;
  list();
});
byId("more").addEventListener("click", () => {
  most += 5 * ROWS;
  list();
});

colours = coloursOf(document.documentElement);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  colours = coloursOf(document.documentElement);
  soon();
});
new ResizeObserver(resized).observe(stage);
resized();
list();
settle();
