// BokehJS of the kernel's bokeh package, loaded once a page and beside any other version the page may have.

async function loadBokeh(model) {
  const id = model.get("library")?.replace("IPY_MODEL_", "");
  return startBokeh(model.get("bokeh_version"), () => model.widget_manager.get_model(id));
}

function startBokeh(version, library) {
  const pages = (window.__workbench_bokeh ??= {});
  pages[version] ??= fetchBokeh(version, library).catch((error) => {
    delete pages[version];
    throw error;
  });
  return pages[version];
}

async function fetchBokeh(version, library) {
  if (window.Bokeh?.[version]) return window.Bokeh[version];
  const packed = new Blob([(await library()).get("code")]).stream();
  const code = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).blob();
  await runScript(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.Bokeh[version].set_log_level("error"); // an empty chart is no reason to warn
  return window.Bokeh[version];
}

function runScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("BokehJS could not be loaded"));
    script.src = url;
    document.head.append(script);
  }).finally(() => URL.revokeObjectURL(url));
}

// A figure as the kernel sent it, to be given data and colours and then drawn.
function readFigure(Bokeh, json) {
  const doc = Bokeh.require("document/document").Document.from_json(structuredClone(json));
  const [plot] = doc.roots();
  return { doc, plot, source: doc.get_model_by_name("rows"), marks: doc.get_model_by_name("marks") };
}

function drawFigure(Bokeh, { doc }, el) {
  return Bokeh.embed.add_document_standalone(doc, el, [el]);
}
