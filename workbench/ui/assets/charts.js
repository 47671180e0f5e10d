// One card a chart: heading with legend and newest figures, the figure, and the same rows as a table.

const TWIN_ROWS = 12;

async function drawCharts(Bokeh, store, grid) {
  const cards = store.cards.map((card) => drawCard(card, store));
  grid.querySelectorAll("[data-chart]").forEach((old) => old.remove());
  grid.prepend(...cards.map((card) => card.el));
  const { Document } = Bokeh.require("document/document");
  const doc = Document.from_json(structuredClone(store.doc));
  const source = doc.get_model_by_name("rows");
  if (source) source.data = { ...store.columns };
  paintDocument(doc, store.palette);
  const views = await Bokeh.embed.add_document_standalone(doc, grid, cards.map((card) => card.plot));
  const range = doc.roots()[0]?.x_range;
  return {
    add: (added) => source?.stream(added, store.size),
    refill: () => source && (source.data = { ...store.columns }),
    read: (readings) => cards.forEach((card) => card.read(readings?.[card.name] ?? [])),
    twins: () => cards.forEach((card) => card.twin()),
    paint: () => paintDocument(doc, store.palette),
    follow: () => doc.roots().forEach((plot) => plot.reset.emit()),
    onZoom: (changed) => range?.properties.have_updated_interactively?.change.connect(changed),
    isZoomed: () => Boolean(range?.have_updated_interactively),
    remove: () => views.clear?.(),
  };
}

function drawCard({ name, title, unit, columns }, store) {
  const legend = make("ul", "wb-legend");
  const plot = make("div", "wb-plot");
  plot.setAttribute("aria-hidden", "true");
  const details = make("details", "wb-twin");
  const table = make("div", "wb-scroll");
  table.tabIndex = 0;
  details.append(make("summary", "", "Table"), table);
  const twin = () => details.open && table.replaceChildren(twinTable(title, columns, unit, store));
  details.addEventListener("toggle", twin);
  const head = make("div", "wb-card-head");
  head.append(make("h4", "", title), make("span", "wb-unit", unit), legend);
  const el = make("section", "wb-card");
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", title);
  el.dataset.chart = name;
  el.append(head, plot, details);
  return { el, name, plot, twin, read: (readings) => legend.replaceChildren(...readings.map(legendItem)) };
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

function twinTable(title, names, unit, store) {
  const table = make("table");
  table.append(make("caption", "wb-hidden", `${title}: the newest batches`));
  const heads = ["batch", "started", ...names.map((name) => name.replace(/^[a-z_]+\.(?=.)/, ""))];
  table.createTHead().append(tableRow("th", heads));
  const body = table.createTBody();
  const length = store.columns.batch.length;
  for (let row = length - 1; row >= Math.max(0, length - TWIN_ROWS); row--) {
    const cells = names.map((name) => figureText(store.columns[name][row], name, unit));
    body.append(tableRow("td", [store.columns.batch[row], timeText(store.columns.time[row]), ...cells]));
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
