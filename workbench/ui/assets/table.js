// Tables of rows or of queries: every value is text, whatever it looks like; paused and sorted in the page.

const PAGE = 10;
const NUMBER = /^(NULL|-?\d[\d.]*(e[-+]?\d+)?)$/i;

// The rows of the output, or of the node that was chosen in the plan.
function drawRows(send, store) {
  const { el, update, head } = drawTable("Newest rows", "No rows have come out yet.");
  const choose = make("select", "wb-choose");
  choose.setAttribute("aria-label", "Rows of");
  choose.hidden = true;
  choose.addEventListener("change", () => send({ kind: "peek", node: choose.value }));
  head.children[0].after(choose);
  let names = "";
  const offer = ({ nodes, note }) => {
    choose.hidden = store.whole || Boolean(note) || !nodes.length;
    const inside = nodes.filter((node) => node.kind !== "sink");
    if (names === (names = inside.map((node) => node.name).join())) return;
    const output = make("option", "", "of the output");
    output.value = "";
    const options = inside.map((node) => {
      const option = make("option", "", `at ${node.name}: ${node.title}`);
      option.value = node.name;
      return option;
    });
    const chosen = choose.value;
    choose.replaceChildren(output, ...options);
    choose.value = chosen;
  };
  const show = (rows) => {
    if (document.activeElement !== choose) choose.value = rows.at === "sink" ? "" : (rows.at ?? "");
    update(rows);
  };
  return { el, update: show, offer };
}

function drawQueries() {
  const table = drawTable("Streaming queries", "No query was started in this session.");
  table.el.classList.add("wb-queries");
  return table;
}

function drawTable(title, empty) {
  const el = make("div", "wb-card wb-rows");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  const note = make("span", "wb-unit");
  const pause = make("button", "wb-button", "Pause");
  const older = make("button", "wb-button", "Older");
  const newer = make("button", "wb-button", "Newer");
  const scroll = make("div", "wb-scroll");
  scroll.tabIndex = 0;
  const head = make("div", "wb-card-head");
  head.append(make("h4", "", title), note, make("span", "wb-space"), newer, older, pause);
  el.append(head, scroll);
  const view = { title, empty, shown: null, latest: null, page: 0, sort: null, paused: false };
  const draw = () => drawPage(view, { scroll, note, older, newer }, draw);
  const turn = (step) => () => {
    view.page += step;
    draw();
  };
  older.addEventListener("click", turn(1));
  newer.addEventListener("click", turn(-1));
  pause.addEventListener("click", () => {
    view.paused = !view.paused;
    pause.textContent = view.paused ? "Resume" : "Pause";
    view.shown = view.latest;
    draw();
  });
  const update = (rows) => {
    view.latest = rows;
    if (view.paused) return;
    view.shown = rows;
    draw();
  };
  return { el, update, head };
}

// Whether somebody is about to press something in an element, or is in it with the keyboard: it is not drawn anew then.
function isHeld(el) {
  return el.matches(":active") || el.querySelector(":active, :focus-visible") !== null;
}

function drawPage(view, { scroll, note, older, newer }, redraw) {
  const { columns = [], rows = [], note: text = "" } = view.shown ?? {};
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  view.page = Math.min(Math.max(0, view.page), pages - 1);
  note.textContent = text;
  newer.hidden = older.hidden = pages === 1;
  newer.disabled = view.page === 0;
  older.disabled = view.page === pages - 1;
  const ordered = view.sort ? [...rows].sort(byColumn(view.sort)) : rows;
  const table = tableOf(columns, view, redraw);
  const body = table.tBodies[0];
  body.replaceChildren();
  ordered.slice(view.page * PAGE, (view.page + 1) * PAGE).forEach((row) => body.append(tableRow("td", row)));
  alignNumbers(table, columns.map((_, index) => rows.every((row) => NUMBER.test(row[index]))));
  const nothing = make("p", "wb-empty", text || view.empty);
  const shown = columns.length ? table : nothing;
  if (scroll.firstChild !== shown) scroll.replaceChildren(shown);
}

// The table with its head: the same one as long as its columns are, so that a click on a head is never lost.
function tableOf(columns, view, redraw) {
  const heads = JSON.stringify([columns, view.sort]);
  if (view.heads === heads) return view.table;
  const focused = view.table?.tHead.querySelector(":focus")?.textContent;
  const table = make("table");
  table.append(make("caption", "wb-hidden", view.title));
  table.createTHead().append(headRow(columns, view, redraw));
  table.createTBody();
  Object.assign(view, { heads, table });
  if (focused) requestAnimationFrame(() => [...table.querySelectorAll(".wb-sort")].find((one) => one.textContent === focused)?.focus());
  return table;
}

function alignNumbers(table, areNumbers) {
  for (const row of table.rows) areNumbers.forEach((is, index) => row.cells[index]?.classList.toggle("wb-number", is));
}

function headRow(columns, view, redraw) {
  const row = make("tr");
  columns.forEach((name, index) => {
    const cell = make("th");
    const button = make("button", "wb-sort", name);
    const mine = view.sort?.index === index;
    cell.setAttribute("aria-sort", mine ? (view.sort.down ? "descending" : "ascending") : "none");
    button.addEventListener("click", () => {
      view.sort = !mine ? { index, down: false } : view.sort.down ? null : { index, down: true };
      redraw();
    });
    cell.append(button);
    row.append(cell);
  });
  return row;
}

function byColumn({ index, down }) {
  const order = new Intl.Collator("en", { numeric: true }).compare;
  return (a, b) => (down ? -1 : 1) * order(a[index], b[index]);
}
