// A page without a kernel: the same view over a history that is in the page.

async function showStill() {
  const { traits, batches } = JSON.parse(document.getElementById("wb-history").textContent);
  const packed = Uint8Array.from(atob(document.getElementById("wb-rows").textContent), (char) => char.charCodeAt(0));
  const rows = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  traits.snapshot.data = new Uint8Array(await new Response(rows).arrayBuffer());
  let hear = () => {};
  const send = ({ kind, row, view }) => {
    if (kind === "batch") hear({ kind, view, ...stillBatch(traits.snapshot, store, batches, row) });
  };
  const model = { get: (name) => traits[name], on: (_, listener) => (hear = listener), send };
  const store = makeStore(model);
  drawView(store, model, document.getElementById("wb-page"));
}

function stillBatch({ first, count }, store, batches, wanted) {
  const row = Math.min(Math.max(first, wanted), first + count - 1);
  const figures = () =>
    Object.fromEntries(Object.entries(store.columns).map(([name, values]) => [name, values[row - first]]));
  const { batch, time } = { batch: store.columns.batch[row - first], time: store.columns.time[row - first] };
  const text = batches[row] ?? JSON.stringify(figures(), null, 2);
  const title = `Batch ${batch}, ${timeText(time)} UTC`;
  return { row, older: row > first, newer: row < first + count - 1, title, text };
}

showStill();
