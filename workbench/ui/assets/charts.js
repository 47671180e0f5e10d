// One card a chart: heading with legend and newest figures, the figure, and the same rows as a table.

const TWIN_ROWS = 12;
const FOLLOW_MS = 5 * 60 * 1000;
const SHORTEST_MS = 1000;
const STILL_MS = 200;

async function drawCharts(Bokeh, store, grid) {
  const cards = store.cards.map((card) => drawCard(card, store));
  grid.querySelectorAll("[data-chart]").forEach((old) => old.remove());
  grid.prepend(...cards.map((card) => card.el));
  const { Document } = Bokeh.require("document/document");
  const doc = Document.from_json(structuredClone(store.doc));
  const figures = doc.roots().map((plot, index) => {
    const { name, drawn } = store.cards[index];
    const source = doc.get_model_by_name(`rows.${name}`);
    return { plot, drawn, source, marks: doc.get_model_by_name(`marks.${name}`), card: cards[index], seen: true };
  });
  let picked = () => {};
  for (const { plot } of figures) plot.on_event("tap", ({ x }) => picked(nearestRow(store, x)));
  for (const card of cards) card.onPick((row) => picked(row));
  const time = linkTime(figures, store);
  figures.forEach((figure) => fill(figure, store, thinned(store, time.shown())));
  time.tick();
  paintDocument(doc, store.palette);
  const views = await Bokeh.embed.add_document_standalone(doc, grid, cards.map((card) => card.plot));
  const stopWatching = watchSight(figures, (figure) => (fill(figure, store, thinned(store, time.shown())), time.place(figure)));
  return {
    refill: () => {
      const thin = thinned(store, time.shown());
      for (const figure of figures) if (figure.seen) fill(figure, store, thin);
      time.tick();
    },
    read: (readings) => cards.forEach((card) => card.read(readings?.[card.name] ?? [])),
    mark: (marks) => {
      const data = { at: marks.map(([time]) => time), text: marks.map(([, text]) => text) };
      for (const figure of figures) figure.marks.data = { ...data };
    },
    onPick: (listener) => (picked = listener),
    twins: () => cards.forEach((card) => card.twin()),
    paint: () => paintDocument(doc, store.palette),
    follow: time.follow,
    show: time.show,
    onZoom: time.onZoom,
    isZoomed: time.isZoomed,
    remove: () => (time.stop(), stopWatching(), views.clear?.()),
  };
}

function fill({ source, drawn }, store, thin) {
  source.data = thin ? thinColumns(store, drawn, thin) : chosen(store.columns, drawn);
}

function chosen(columns, names) {
  return Object.fromEntries(names.map((name) => [name, columns[name]]));
}

// Figures out of sight are not drawn; one that comes into sight is filled first.
function watchSight(figures, appeared) {
  const byElement = new Map(figures.map((figure) => [figure.card.el, figure]));
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const figure = byElement.get(target);
      const appears = isIntersecting && !figure.seen;
      figure.seen = isIntersecting;
      if (appears) appeared(figure);
    }
  });
  byElement.forEach((_, el) => observer.observe(el));
  return () => observer.disconnect();
}

// All figures show the same time: the newest minutes, or what was zoomed to in any of them.
function linkTime(figures, store) {
  let window = null;
  let placing = false;
  let changed = () => {};
  const place = ({ plot }) => {
    placing = true;
    plot.x_range.setv(window ?? newest(store));
    placing = false;
  };
  const shown = () => window ?? newest(store);
  const placeAll = () => {
    const thin = thinned(store, shown());
    for (const figure of figures.filter((figure) => figure.seen)) {
      if (thin) fill(figure, store, thin);
      place(figure);
    }
  };
  const turns = inTurns((figure, thin) => {
    if (!figure.seen) return;
    if (thin) fill(figure, store, thin);
    place(figure);
  });
  // Whoever drags through a long history sees fewer points until the hand rests.
  let resting = null;
  const show = (chosen) => {
    window = chosen;
    clearTimeout(resting);
    if (store.whole) resting = setTimeout(() => turns(figures, thinned(store, shown())), STILL_MS);
    turns(figures, thinned(store, shown(), POINTS_MOVING));
    changed(shown());
  };
  for (const { plot } of figures) {
    plot.x_range.change.connect(() => {
      if (placing) return;
      show({ start: plot.x_range.start, end: plot.x_range.end });
    });
  }
  return {
    place,
    show,
    shown,
    tick: () => window || placeAll(),
    stop: () => clearTimeout(resting),
    follow: () => show(null),
    onZoom: (listener) => (changed = listener),
    isZoomed: () => window !== null,
  };
}

// One figure a frame, again and again in the same order: a page that draws them all for each movement of a hand cannot
// follow it. What is to be shown is always the newest.
function inTurns(draw) {
  const due = new Set();
  let newest = null;
  const next = () => {
    const [figure] = due;
    due.delete(figure);
    draw(figure, newest);
    if (due.size) requestAnimationFrame(next);
  };
  return (figures, shown) => {
    newest = shown;
    const isRunning = due.size > 0;
    figures.filter((figure) => figure.seen).forEach((figure) => due.add(figure));
    if (!isRunning && due.size) requestAnimationFrame(next);
  };
}

function newest(store) {
  const times = store.columns.time;
  const end = times.at(-1) ?? Date.now();
  const first = times[0] ?? end;
  const start = Math.min(store.whole ? first : Math.max(first, end - FOLLOW_MS), end - SHORTEST_MS);
  const space = (end - start) * 0.02;
  return { start: start - space, end: end + space };
}

function drawCard({ name, title, unit, columns }, store) {
  const legend = make("ul", "wb-legend");
  const plot = make("div", "wb-plot");
  plot.setAttribute("aria-hidden", "true");
  const details = make("details", "wb-twin");
  const table = make("div", "wb-scroll");
  table.tabIndex = 0;
  details.append(make("summary", "", "Table"), table);
  let pick = () => {};
  const twin = () => details.open && !isHeld(table) && table.replaceChildren(twinTable(title, columns, unit, store, (row) => pick(row)));
  details.addEventListener("toggle", twin);
  const head = make("div", "wb-card-head");
  head.append(make("h4", "", title), make("span", "wb-unit", unit), legend);
  const el = make("div", "wb-card");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  el.dataset.chart = name;
  el.append(head, plot, details);
  let said = "";
  const read = (readings) => {
    if (said === (said = JSON.stringify(readings))) return;
    legend.replaceChildren(...readings.map(legendItem));
  };
  return { el, name, plot, twin, read, onPick: (listener) => (pick = listener) };
}

function legendItem([label, value, role]) {
  const item = make("li");
  if (role) {
    const mark = make("i");
    mark.style.background = `var(${roleVariable(role)})`;
    item.append(mark);
  }
  item.append(make("span", "", label), make("b", "", value));
  return item;
}

function twinTable(title, names, unit, store, pick) {
  const table = make("table");
  table.append(make("caption", "wb-hidden", `${title}: the newest batches`));
  const heads = ["batch", "started", ...names.map((name) => name.replace(/^[a-z_]+\.(?=.)/, ""))];
  table.createTHead().append(tableRow("th", heads));
  const body = table.createTBody();
  const length = store.columns.batch.length;
  for (let row = length - 1; row >= Math.max(0, length - TWIN_ROWS); row--) {
    const cells = names.map((name) => figureText(store.columns[name][row], name, unit));
    const line = tableRow("td", ["", timeText(store.columns.time[row]), ...cells]);
    const batch = make("button", "wb-pick", String(store.columns.batch[row]));
    const number = store.next - length + row;
    batch.title = "Show this batch in full";
    batch.addEventListener("click", () => pick(number));
    line.cells[0].append(batch);
    body.append(line);
  }
  return table;
}

function figureText(value, name, unit) {
  if (Number.isNaN(value)) return "–";
  const isTime = unit === "event time" && name !== "dropped";
  return isTime ? timeText(value) : value.toLocaleString("en", { maximumFractionDigits: 1 });
}

function timeText(ms) {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function make(tag, className = "", text = null) {
  const el = document.createElement(tag);
  if (className) el.className = className;
  if (text !== null) el.textContent = text;
  return el;
}

function tableRow(tag, texts) {
  const row = make("tr");
  row.append(...texts.map((text) => make(tag, "", String(text))));
  return row;
}
