// One batch in full: its progress as the server sent it, with offsets and times.

function drawDetail(ask) {
  const el = make("div", "wb-card wb-detail");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "One batch");
  el.hidden = true;
  const title = make("h4");
  const older = make("button", "wb-button", "Batch before");
  const newer = make("button", "wb-button", "Batch after");
  const close = make("button", "wb-button", "Close");
  const text = make("pre");
  const scroll = make("div", "wb-scroll");
  scroll.tabIndex = 0;
  scroll.append(text);
  const head = make("div", "wb-card-head");
  head.append(title, make("span", "wb-space"), older, newer, close);
  el.append(head, scroll);
  let row = 0;
  const open = (number) => {
    row = number;
    ask(row);
  };
  older.addEventListener("click", () => open(row - 1));
  newer.addEventListener("click", () => open(row + 1));
  close.addEventListener("click", () => (el.hidden = true));
  const show = (batch) => {
    title.textContent = batch.title;
    text.textContent = batch.text;
    row = batch.row;
    older.disabled = !batch.older;
    newer.disabled = !batch.newer;
    el.hidden = false;
    el.scrollIntoView?.({ block: "nearest" });
  };
  return { el, open, show };
}

// The number of the row nearest in time.
function nearestRow(store, time) {
  const times = store.columns.time;
  let best = times.length - 1;
  for (let i = 0; i < times.length; i++) if (Math.abs(times[i] - time) < Math.abs(times[best] - time)) best = i;
  return store.next - times.length + best;
}
