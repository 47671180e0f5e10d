// BokehJS of the kernel's bokeh package, loaded once a page and beside any other version the page may have.

function loadBokeh(model) {
  const version = model.get("bokeh_version");
  const pages = (window.__workbench_bokeh ??= {});
  pages[version] ??= fetchBokeh(model, version).catch((error) => {
    delete pages[version];
    throw error;
  });
  return pages[version];
}

async function fetchBokeh(model, version) {
  if (window.Bokeh?.[version]) return window.Bokeh[version];
  const id = model.get("library").replace("IPY_MODEL_", "");
  const library = await model.widget_manager.get_model(id);
  const packed = new Blob([library.get("code")]).stream();
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
