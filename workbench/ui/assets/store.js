// The rows a page holds: one copy for all views of a widget, filled by a snapshot and the messages after it.

function makeStore(model) {
  const store = { model, listeners: new Set(), panels: {}, figures: {} };
  begin(store, model.get("snapshot"), model.get("snapshot").data);
  model.on("msg:custom", (message, buffers) => {
    if (message.kind === "reset") {
      begin(store, message, buffers[0]);
      tell(store, "reset", {});
    } else if (message.kind === "rows") {
      const hasRows = Boolean(message.names) && addRows(store, message, buffers[0]);
      Object.assign(store.panels, message.panels);
      tell(store, "news", { hasRows, panels: message.panels });
    } else if (message.kind === "figure") {
      store.figures[message.figure] = message.doc;
      tell(store, "figure", {});
    } else if (message.kind === "batch") {
      tell(store, "batch", message);
    }
  });
  return store;
}

function begin(store, snapshot, buffer) {
  const { epoch, first, count, names, figures, cards, missing, palette, window: size, panels, whole = false } = snapshot;
  Object.assign(store, { epoch, next: first + count, cards, missing, palette, size, whole, missed: false });
  Object.assign(store.figures, figures);
  store.panels = { ...panels };
  store.columns = columnsOf(names, buffer, count, 0);
}

// The columns of a message lie one behind the other; `skip` leaves out rows the page has already.
function columnsOf(names, buffer, count, skip) {
  const bytes = buffer.buffer ? buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength) : buffer;
  const matrix = new Float64Array(bytes);
  return Object.fromEntries(names.map((name, i) => [name, matrix.slice(i * count + skip, (i + 1) * count)]));
}

function addRows(store, { epoch, first, count, names }, buffer) {
  if (epoch !== store.epoch || first > store.next) store.missed = true;
  const skip = Math.max(0, store.next - first);
  if (epoch !== store.epoch || skip >= count) return false;
  const added = columnsOf(names, buffer, count, skip);
  for (const name of names) store.columns[name] = joined(store.columns[name], added[name], store.size);
  store.next = first + count;
  return true;
}

function joined(old, more, size) {
  const keep = Math.max(0, Math.min(old.length, size - more.length));
  const result = new Float64Array(keep + Math.min(more.length, size));
  result.set(old.subarray(old.length - keep));
  result.set(more.subarray(Math.max(0, more.length - size)), keep);
  return result;
}

function tell(store, kind, detail) {
  for (const listener of store.listeners) listener(kind, detail);
}

// The figures a page should have been sent by now.
function lacking(store) {
  return store.cards.map((card) => card.figure).filter((id) => !(id in store.figures));
}
