// One view of the widget: parts in a grid, kept up to date from the store, told to the kernel while it lives.

const SEEN_EVERY_MS = 10000;
const CALM_MS = 2000;
const PATIENCE_FRAMES = 600;
const PARTS = { status: drawStatus, queries: drawQueries, rows: drawRows, events: drawEvents };

export default () => {
  let store = null;
  return {
    initialize({ model }) {
      store = makeStore(model);
    },
    render({ model, el }) {
      store ??= makeStore(model);
      return drawView(store, model, el);
    },
  };
};

function drawView(store, model, outer) {
  const el = make("div", "wb-live");
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", model.get("label"));
  const id = crypto.randomUUID?.() ?? String(Math.random());
  const send = (content) => model.send({ view: id, ...content });
  const grid = make("div", "wb-grid");
  const missing = make("p", "wb-missing");
  const parts = Object.fromEntries(
    Object.keys(PARTS).filter((name) => name in store.panels).map((name) => [name, PARTS[name](send)]),
  );
  grid.append(...["queries", "rows", "events"].filter((name) => parts[name]).map((name) => parts[name].el));
  el.append(...(parts.status ? [parts.status.el] : []), grid, missing);
  outer.append(el);
  paintPage(el, store.palette);
  send({ kind: "hello" });

  let charts = null;
  const redraw = async () => {
    charts?.remove();
    charts = await tryCharts(model, store, grid);
    missing.textContent = store.missing.map(([title, reason]) => `${title}: ${reason}.`).join(" ");
    charts?.onZoom(showFollow);
    tellParts(parts, charts, store.panels);
    showFollow();
  };
  const showFollow = () => parts.status && (parts.status.follow.hidden = !charts?.isZoomed());
  parts.status?.follow.addEventListener("click", () => {
    charts?.follow();
    showFollow();
  });
  let drawing = connected(el).then(redraw);
  const stopListening = listen(store, parts, () => charts, () => (drawing = drawing.then(redraw)));
  const stopTheme = watchTheme(() => {
    paintPage(el, store.palette);
    charts?.paint();
  });
  const seen = () => {
    send({ kind: "seen", missed: store.missed });
    store.missed = false;
  };
  const timer = setInterval(seen, SEEN_EVERY_MS);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
    stopListening();
    stopTheme();
    parts.status?.stopSpeaking();
    charts?.remove();
    send({ kind: "bye" });
  };
}

// The page puts a view in its place only after it was made, and a figure needs to know its width.
async function connected(el) {
  for (let frame = 0; !el.isConnected && frame < PATIENCE_FRAMES; frame++) await new Promise(requestAnimationFrame);
}

async function tryCharts(model, store, grid) {
  if (store.cards.length === 0) return null;
  try {
    return await drawCharts(await loadBokeh(model), store, grid);
  } catch (error) {
    grid.prepend(make("p", "wb-empty", `The charts cannot be drawn: ${error.message}.`));
    return null;
  }
}

// A hidden page, or a reader who wants less motion, gets the charts refilled now and then instead of streamed.
function listen(store, parts, charts, redraw) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let stale = false;
  const refill = () => {
    if (!stale || document.hidden) return;
    stale = false;
    charts()?.refill();
  };
  const timer = setInterval(refill, CALM_MS);
  document.addEventListener("visibilitychange", refill);
  const listener = (kind, { added, panels }) => {
    if (kind === "reset") return void redraw();
    if (added && (document.hidden || calm.matches || stale)) stale = true;
    else if (added) charts()?.add(added);
    tellParts(parts, charts(), panels ?? {});
  };
  store.listeners.add(listener);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", refill);
    store.listeners.delete(listener);
  };
}

function tellParts(parts, charts, panels) {
  for (const [name, part] of Object.entries(parts)) if (panels[name]) part.update(panels[name]);
  if (panels.readings) charts?.read(panels.readings);
  charts?.twins();
}
