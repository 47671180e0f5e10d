// One card a chart: heading with legend and newest figures, the figure, and the same rows as a table.

const TWIN_ROWS = 12;
const FOLLOW_MS = 5 * 60 * 1000;
const SHORTEST_MS = 1000;
const STILL_MS = 200;
const NEAR = "50%"; // of the height of what scrolls

function drawCharts(store, grid, starts) {
  let figures = [];
  let marks = { at: [], text: [] };
  let picked = () => {};
  const drawn = () => figures.filter((figure) => figure.plot);
  const time = linkTime(() => drawn().filter((figure) => figure.seen), store);
  const sight = watchSight((figure) => {
    if (!figure.plot) return void drawDue();
    fill(figure, store, thinned(store, time.shown()));
    time.place(figure);
  });
  const draw = async (figure, Bokeh) => {
    Object.assign(figure, readFigure(Bokeh, store.figures[figure.id]));
    figure.marks.data = { ...marks };
    fill(figure, store, thinned(store, time.shown()));
    time.join(figure);
    figure.plot.on_event("tap", ({ x }) => picked(nearestRow(store, x)));
    paintDocument(figure.doc, store.palette);
    figure.views = await drawFigure(Bokeh, figure, figure.card.plot);
    if (!figures.includes(figure)) drop(figure);
  };
  const isDue = (figure) => figure.seen && !figure.plot && store.figures[figure.id];
  const queue = oneByOne(
    () => figures.find(isDue),
    async (figure) => draw(figure, await starts()),
    (error) => grid.prepend(make("p", "wb-empty", `The charts cannot be drawn: ${error.message}.`)),
  );
  const drawDue = () => queue.run().then(() => isBehind && refill());
  // What is not drawn yet comes before news in what is.
  let isBehind = false;
  const refill = () => {
    isBehind = queue.isRunning();
    if (isBehind) return;
    const thin = thinned(store, time.shown());
    for (const figure of drawn()) if (figure.seen) fill(figure, store, thin);
    time.tick();
  };
  const arrange = () => {
    const before = new Map(figures.map((figure) => [figure.id, figure]));
    figures = store.cards.map((card) => before.get(card.figure) ?? newFigure(card, store, (row) => picked(row)));
    for (const figure of before.values()) if (!figures.includes(figure)) (sight.forget(figure), drop(figure));
    const cards = figures.map((figure) => figure.card.el);
    if (cards.some((card, index) => grid.children[index] !== card)) grid.prepend(...cards);
    figures.forEach(sight.watch);
  };
  arrange();
  return {
    arrange: () => (arrange(), refill(), void drawDue()),
    drawDue,
    refill,
    read: (readings) => figures.forEach(({ card }) => card.read(readings?.[card.name] ?? [])),
    mark: (told) => {
      marks = { at: told.map(([time]) => time), text: told.map(([, text]) => text) };
      for (const figure of drawn()) figure.marks.data = { ...marks };
    },
    onPick: (listener) => (picked = listener),
    twins: () => figures.forEach(({ card }) => card.twin()),
    paint: () => drawn().forEach(({ doc }) => paintDocument(doc, store.palette)),
    follow: time.follow,
    show: time.show,
    onZoom: time.onZoom,
    isZoomed: time.isZoomed,
    remove: () => (time.stop(), sight.stop(), figures.forEach(drop), (figures = [])),
  };
}

function newFigure(told, store, picked) {
  const card = drawCard(told, store);
  card.onPick(picked);
  return { id: told.figure, drawn: told.drawn, card, seen: false, plot: null };
}

function drop(figure) {
  figure.views?.clear?.();
  figure.card.el.remove();
}

// One at a time, the page painting in between: what is due is asked for anew each time. An error ends it for good.
function oneByOne(due, draw, failed) {
  let isRunning = false;
  let isOver = false;
  const run = async () => {
    if (isRunning || isOver) return;
    isRunning = true;
    try {
      for (let next = due(); next; next = due()) {
        await draw(next);
        await new Promise(requestAnimationFrame);
      }
    } catch (error) {
      isOver = true;
      failed(error);
    }
    isRunning = false;
  };
  return { run, isRunning: () => isRunning };
}

function fill({ source, drawn }, store, thin) {
  source.data = thin ? thinColumns(store, drawn, thin) : chosen(store.columns, drawn);
}

function chosen(columns, names) {
  return Object.fromEntries(names.map((name) => [name, columns[name]]));
}

// Figures out of sight are not drawn; `appeared` hears of one that comes into sight.
function watchSight(appeared) {
  const byElement = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const figure = byElement.get(target);
        const appears = isIntersecting && !figure?.seen;
        if (figure) figure.seen = isIntersecting;
        if (figure && appears) appeared(figure);
      }
    },
    { rootMargin: NEAR, scrollMargin: NEAR },
  );
  return {
    watch: (figure) => byElement.has(figure.card.el) || (byElement.set(figure.card.el, figure), observer.observe(figure.card.el)),
    forget: ({ card }) => (byElement.delete(card.el), observer.unobserve(card.el)),
    stop: () => observer.disconnect(),
  };
}

// All figures show the same time: the newest minutes, or what was zoomed to in any of them.
function linkTime(seen, store) {
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
    for (const figure of seen()) {
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
    if (store.whole) resting = setTimeout(() => turns(seen(), thinned(store, shown())), STILL_MS);
    turns(seen(), thinned(store, shown(), POINTS_MOVING));
    changed(shown());
  };
  const join = (figure) => {
    place(figure);
    const range = figure.plot.x_range;
    range.change.connect(() => placing || show({ start: range.start, end: range.end }));
  };
  return {
    join,
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
    figures.forEach((figure) => due.add(figure));
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
