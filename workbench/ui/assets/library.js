// BokehJS is started when the page has nothing to do, and one figure nobody sees is drawn, so that the first dashboard
// need not wait for the code to be loaded and compiled.

const LATEST_MS = 3000;
const FRAMES = 3;

export default {
  initialize({ model }) {
    const start = () => startBokeh(model.get("bokeh_version"), () => model);
    const rehearse = () => model.get("sample").roots && start().then((Bokeh) => whenIdle(() => drawUnseen(Bokeh, model.get("sample"))));
    whenIdle(() => start().then(rehearse));
    model.on("change:sample", () => whenIdle(rehearse));
  },
};

function whenIdle(call) {
  const quietly = () => Promise.resolve(call()).catch((error) => console.debug("BokehJS was not started early", error));
  if (window.requestIdleCallback) requestIdleCallback(quietly, { timeout: LATEST_MS });
  else setTimeout(quietly, LATEST_MS);
}

async function drawUnseen(Bokeh, sample) {
  if (document.hidden || document.querySelector(".wb-plot")) return;
  const figure = readFigure(Bokeh, sample);
  figure.source.data = Object.fromEntries(Object.keys(figure.source.data).map((name) => [name, Float64Array.of(0, 1000)]));
  figure.plot.x_range.setv({ start: 0, end: 1000 });
  const el = document.createElement("div");
  el.setAttribute("aria-hidden", "true");
  el.style.cssText = "position: fixed; top: 0; left: 0; width: 320px; height: 168px; visibility: hidden; contain: strict; pointer-events: none";
  document.body.append(el);
  const views = await drawFigure(Bokeh, figure, el);
  for (let frame = 0; frame < FRAMES; frame++) await new Promise(requestAnimationFrame);
  views.clear();
  el.remove();
  window.__workbench_rehearsed = true;
}
