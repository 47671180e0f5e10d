// A whole history in one page: where to look, and how much of it at once.

const STEPS = 1000;
const POINTS = 1500;
const POINTS_MOVING = 300;

function drawScrub(store) {
  const el = make("div", "wb-scrub");
  const place = slider("Where", el);
  const width = slider("How much", el);
  width.value = STEPS;
  const times = store.columns.time;
  const [first, last] = [times[0], Math.max(times.at(-1), times[0] + SHORTEST_MS)];
  const least = Math.min(1, SHORTEST_MS / (last - first));
  const span = () => (last - first) * least ** (1 - width.value / STEPS);
  let move = () => {};
  const moved = eachFrame(() => {
    const start = first + (last - first - span()) * (place.value / STEPS);
    move({ start, end: start + span() });
  });
  for (const input of [place, width]) input.addEventListener("input", moved);
  const follow = ({ start, end }) => {
    const share = Math.min(1, Math.max(least, (end - start) / (last - first)));
    width.value = STEPS * (least < 1 ? 1 - Math.log(share) / Math.log(least) : 1);
    place.value = STEPS * Math.min(1, Math.max(0, (start - first) / Math.max(1, last - first - (end - start))));
  };
  return { el, follow, onMove: (listener) => (move = listener) };
}

function slider(label, el) {
  const field = make("label", "wb-knob", label);
  const input = make("input");
  Object.assign(input, { type: "range", min: 0, max: STEPS, step: "any", value: 0 });
  field.append(input);
  el.append(field);
  return input;
}

// The rows of a stretch of time, few enough to draw: of each handful the one that took longest, so that no peak is lost.
// All figures show the same ones. A page with a kernel holds few and draws them all: null.
function thinned(store, { start, end }, points = POINTS) {
  if (!store.whole) return null;
  const { time, duration } = store.columns;
  const from = Math.max(0, lowerBound(time, start) - 1);
  const to = Math.min(time.length, lowerBound(time, end) + 1);
  const stride = Math.max(1, Math.ceil((to - from) / points));
  const rows = [];
  for (let at = from; at < to; at += stride) {
    let best = at;
    for (let i = at; i < Math.min(to, at + stride); i++) if (duration?.[i] > duration[best]) best = i;
    rows.push(best);
  }
  return { rows, stride };
}

// Columns of those rows; a bar is as wide as the rows it stands for.
function thinColumns(store, names, { rows, stride }) {
  const pick = (name) => Float64Array.from(rows, (row) => store.columns[name][row] * (name === "width" ? stride : 1));
  return Object.fromEntries(names.map((name) => [name, pick(name)]));
}

// Calls at most once a frame, with the newest argument.
function eachFrame(call) {
  let waiting = null;
  return (value) => {
    if (!waiting) requestAnimationFrame(() => {
      const { newest } = waiting;
      waiting = null;
      call(newest);
    });
    waiting = { newest: value };
  };
}

function lowerBound(sorted, value) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
