// One view of the widget: parts in a grid, kept up to date from the store, told to the kernel while it lives.

const SEEN_EVERY_MS = 10000;
const PERIOD_MS = 200;
const CALM_MS = 2000;
const REST_SHARE = 3;
const LONGEST_REST_MS = 5000;
const LACKING_MS = 5000;
const PARTS = { status: drawStatus, steering: drawSteering, queries: drawQueries, plan: drawPlan, state: drawState, rows: drawRows, events: drawEvents };

export default () => {
  let store = null;
  return {
    initialize({ model }) {
      store = makeStore(model);
      void hearAlways(model);
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
  const send = sayer(model, id);
  const grid = make("div", "wb-grid");
  const missing = make("p", "wb-missing");
  const parts = Object.fromEntries(
    Object.keys(PARTS).filter((name) => name in store.panels).map((name) => [name, PARTS[name](send, store)]),
  );
  grid.append(...["queries", "plan", "state", "rows", "events"].filter((name) => parts[name]).map((name) => parts[name].el));
  const heads = ["status", "steering"].filter((name) => parts[name]).map((name) => parts[name].el);
  const detail = drawDetail((row) => send({ kind: "batch", row }));
  const scrub = store.whole && store.next > 1 ? drawScrub(store) : null;
  el.append(...heads, ...(scrub ? [scrub.el] : []), detail.el, grid, missing);
  outer.append(el);
  paintPage(el, store.palette);
  send({ kind: "hello", epoch: store.epoch, next: store.next });

  const charts = drawCharts(store, grid, () => loadBokeh(model));
  // Begins before there is anything to draw; whoever draws hears of a failure.
  if (store.cards.length) loadBokeh(model).catch(() => undefined);
  const showFollow = () => parts.status && (parts.status.follow.hidden = !charts.isZoomed());
  charts.onZoom((shown) => (scrub?.follow(shown), showFollow()));
  scrub?.onMove(charts.show);
  charts.onPick(detail.open);
  parts.status?.follow.addEventListener("click", () => {
    charts.follow();
    showFollow();
  });
  const rearrange = () => {
    charts.arrange();
    missing.textContent = store.missing.map(([title, reason]) => `${title}: ${reason}.`).join(" ");
    tellParts(parts, charts, store.panels);
    showFollow();
  };
  rearrange();
  const draw = (panels, hasRows) => {
    if (hasRows) charts.refill();
    tellParts(parts, charts, panels);
  };
  const show = (batch) => batch.view === id && detail.show(batch);
  // How the query stands is said at once: whoever pressed a button must not wait for charts to be drawn.
  const soon = ({ status, steering }) => {
    if (status && status.state !== parts.status?.state()) parts.status?.update(status);
    if (steering) parts.steering?.update(steering);
  };
  const stopListening = listen(store, { news: draw, reset: rearrange, figure: charts.drawDue, batch: show, soon });
  const stopTheme = watchTheme(() => {
    paintPage(el, store.palette);
    charts.paint();
  });
  const seen = () => {
    send({ kind: "seen", missed: store.missed, lacks: lacking(store) });
    store.missed = false;
  };
  const timer = setInterval(seen, SEEN_EVERY_MS);
  const early = setTimeout(() => lacking(store).length && seen(), LACKING_MS);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    clearTimeout(early);
    document.removeEventListener("visibilitychange", seen);
    stopListening();
    stopTheme();
    parts.status?.stopSpeaking();
    charts.remove();
    send({ kind: "bye" });
  };
}

// What arrives is kept at once and drawn when the page has time: after a slow drawing it rests longer, so a
// page that cannot keep up shows less often, not later. A hidden page draws nothing.
function listen(store, { news, reset, figure, batch, soon }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let waiting = null;
  let timer = null;
  let rest = 0;
  const run = () => {
    if (document.hidden || !waiting) return void (timer = null);
    const began = performance.now();
    const { panels, hasRows } = waiting;
    waiting = null;
    try {
      news(panels, hasRows);
    } catch (error) {
      console.error("a live view could not draw what arrived; it goes on with the next", error);
    }
    requestAnimationFrame(() => {
      rest = Math.max(calm.matches ? CALM_MS : PERIOD_MS, REST_SHARE * (performance.now() - began));
      timer = setTimeout(run, Math.min(rest, LONGEST_REST_MS));
    });
  };
  const wake = () => (timer ??= setTimeout(run, 0));
  const listener = (kind, message) => {
    if (kind === "reset") return void (soon(store.panels), reset());
    if (kind === "figure") return void figure();
    if (kind === "batch") return void batch(message);
    const { hasRows, panels } = message;
    soon(panels);
    waiting = { panels: { ...waiting?.panels, ...panels }, hasRows: waiting?.hasRows || hasRows };
    wake();
  };
  document.addEventListener("visibilitychange", wake);
  store.listeners.add(listener);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", wake);
    store.listeners.delete(listener);
  };
}

function tellParts(parts, charts, panels) {
  for (const [name, part] of Object.entries(parts)) if (panels[name]) part.update(panels[name]);
  if (panels.plan) parts.rows?.offer(panels.plan);
  if (panels.readings) charts.read(panels.readings);
  if (panels.marks) charts.mark(panels.marks);
  charts.twins();
}
