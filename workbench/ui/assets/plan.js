// The plan as a graph: a box a node, rows per second on the edges, the bottleneck coloured; the same as a table.

const BOX = { width: 138, height: 62, across: 62, down: 16, margin: 4 };
const SVG = "http://www.w3.org/2000/svg";
const TITLE_CHARS = 16;
const SMALLEST = 0.75;
const PLAN_HEADS = ["node", "what it does", "reads", "rows", "rows a second", "time", "state"];

function drawPlan(send, store) {
  const el = make("div", "wb-card wb-plan");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Plan");
  const note = make("span", "wb-unit");
  const scroll = make("div", "wb-scroll");
  scroll.tabIndex = 0;
  const details = make("details", "wb-twin");
  const table = make("div", "wb-scroll");
  table.tabIndex = 0;
  details.append(make("summary", "", "Table"), table);
  const head = make("div", "wb-card-head");
  const slow = make("ul", "wb-legend");
  head.append(make("h4", "", "Plan"), note, slow);
  el.append(head, scroll, details);
  let drawn = null;
  let shape = "";
  let latest = [];
  const ask = (name) => send({ kind: "peek", node: name });
  let look = null;
  const twin = () => details.open && !isHeld(table) && table.replaceChildren(planTable(latest, look));
  details.addEventListener("toggle", twin);
  const update = ({ nodes, note: text }) => {
    latest = nodes;
    look = store.whole || text ? null : ask; // rows can be looked at where the server looks inside
    const worst = nodes.find((node) => node.worst);
    slow.replaceChildren(...(worst ? [legendItem(["bottleneck", `${worst.title}, ${worst.time}`, "late"])] : []));
    note.textContent = text || (look ? "choose a node to see its newest rows" : "");
    const now = [Boolean(look), ...nodes.map((node) => [node.name, node.title, node.inputs].join())].join();
    if (shape !== (shape = now)) {
      drawn = drawGraph(nodes, look);
      scroll.replaceChildren(nodes.length ? drawn.el : make("p", "wb-empty", "The plan is known after the first batch."));
    }
    drawn?.tell(nodes);
    twin();
  };
  return { el, update };
}

function drawGraph(nodes, look) {
  const places = new Map(nodes.map((node) => [node.name, placeOf(node)]));
  const [width, height] = ["x", "y"].map((axis) => Math.max(0, ...[...places.values()].map((place) => place[axis])));
  const el = svg("svg", { class: "wb-graph", role: "group", "aria-label": "Plan of the query, from its sources to its sink" });
  el.setAttribute("viewBox", `0 0 ${width + BOX.width + BOX.margin} ${height + BOX.height + BOX.margin}`);
  const whole = width + BOX.width + BOX.margin;
  Object.assign(el.style, { width: "100%", maxWidth: `${whole}px`, minWidth: `${SMALLEST * whole}px` });
  const edges = nodes.flatMap((node) => node.inputs.filter((from) => places.has(from)).map((from) => drawEdge(from, node.name, places)));
  const boxes = new Map(nodes.map((node) => [node.name, drawBox(node, places.get(node.name), look)]));
  el.append(...edges.map((edge) => edge.el), ...[...boxes.values()].map((box) => box.el));
  const tell = (latest) => {
    const byName = new Map(latest.map((node) => [node.name, node]));
    for (const edge of edges) edge.tell(byName.get(edge.from));
    for (const node of latest) boxes.get(node.name)?.tell(node);
  };
  return { el, tell };
}

function placeOf({ column, row }) {
  return { x: BOX.margin + column * (BOX.width + BOX.across), y: BOX.margin + row * (BOX.height + BOX.down) };
}

function drawBox(node, { x, y }, look) {
  const el = svg("g", { class: "wb-node", transform: `translate(${x} ${y})` });
  const hint = svg("title");
  const title = svg("text", { x: 10, y: 18, class: "wb-node-title" });
  const time = svg("text", { x: 10, y: 34 });
  const state = svg("text", { x: 10, y: 48 });
  const bar = svg("rect", { x: 1, y: BOX.height - 6, height: 5, rx: 2, class: "wb-node-bar" });
  const frame = svg("rect", { width: BOX.width, height: BOX.height, rx: 8, class: "wb-node-frame" });
  title.textContent = node.title.length > TITLE_CHARS ? `${node.title.slice(0, TITLE_CHARS - 1)}…` : node.title;
  el.append(hint, frame, bar, title, time, state);
  el.dataset.node = node.name;
  el.dataset.kind = node.kind;
  if (look) {
    el.setAttribute("role", "button");
    el.setAttribute("tabindex", "0");
    el.addEventListener("click", () => look(node.name));
    el.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      look(node.name);
    });
  } else {
    el.setAttribute("role", "img");
  }
  const tell = ({ time: share, share: part, state: kept, rate, worst, detail, rows }) => {
    const words = [node.title, rate, share, kept, worst ? "the bottleneck" : ""].filter((word) => word && word !== "-");
    el.setAttribute("aria-label", words.join(", "));
    el.classList.toggle("wb-worst", worst);
    hint.textContent = `${node.name}: ${node.title}\n${detail}\n${rows} rows so far`;
    time.textContent = share === "-" ? "" : share;
    state.textContent = kept.split(",")[0];
    bar.setAttribute("width", String(Math.max(0, Math.min(1, part)) * (BOX.width - 2)));
  };
  return { el, tell };
}

function drawEdge(from, to, places) {
  const [a, b] = [places.get(from), places.get(to)];
  const [x1, y1, x2, y2] = [a.x + BOX.width, a.y + BOX.height / 2, b.x, b.y + BOX.height / 2];
  const middle = (x1 + x2) / 2;
  const el = svg("g", { class: "wb-edge", "aria-hidden": "true" });
  const path = svg("path", { d: `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}` });
  const text = svg("text", { x: x1 + BOX.across / 2, y: y1 - 7, "text-anchor": "middle" });
  el.append(path, text);
  const tell = (node) => {
    text.textContent = !node || node.rate === "-" ? "" : node.rate.replace("rows/s", "/s");
    path.setAttribute("stroke-width", String(1 + Math.min(6, Math.log10(1 + (node?.speed ?? 0)))));
  };
  return { el, from, tell };
}

function planTable(nodes, look) {
  const table = make("table");
  table.append(make("caption", "wb-hidden", "The nodes of the plan, each below those it reads"));
  table.createTHead().append(tableRow("th", PLAN_HEADS));
  const body = table.createTBody();
  for (const { name, title, inputs, rows, rate, time, state, worst } of nodes) {
    const line = tableRow("td", [look ? "" : name, title, inputs.join(", "), rows, rate, worst ? `${time}, the bottleneck` : time, state]);
    if (look) {
      const pick = make("button", "wb-pick", name);
      pick.title = "Show the newest rows that passed here";
      pick.addEventListener("click", () => look(name));
      line.cells[0].append(pick);
    }
    body.append(line);
  }
  return table;
}

function svg(tag, attributes = {}) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  return el;
}
