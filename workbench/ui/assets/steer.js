// Pause, step and tune, where the server can; where it cannot, the reason.

const NOTCHES = 100;
// What holds where nothing was set, in words and as a place of the slider.
const NO_LIMIT = ["no limit", NOTCHES];
const KNOBS = {
  trigger: { label: "A batch every", example: "1 second", from: 100, to: 600_000, text: (ms) => delayText(ms), unset: ["at once", 0] },
  max_rows: { label: "Rows a batch, at most", example: "1000", from: 1, to: 10_000_000, unset: NO_LIMIT },
  max_files: { label: "Files a batch, at most", example: "10", from: 1, to: 10_000, unset: NO_LIMIT },
  max_bytes: { label: "Bytes a batch, at most", example: "10000000", from: 1000, to: 10_000_000_000, unset: NO_LIMIT },
  state_partitions: { label: "State partitions", example: "4", from: 1, to: 64 },
  watermark: { label: "Watermark behind by (restarts)", example: "1 hour", from: 1000, to: 604_800_000, text: (ms) => delayText(ms) },
  output_mode: { label: "Output mode", among: ["", "append", "update", "complete"] },
};
const UNITS = [[3_600_000, "hours"], [60_000, "minutes"], [1000, "seconds"], [1, "milliseconds"]];

function drawSteering(send) {
  const el = make("div", "wb-steer");
  const buttons = make("span", "wb-steer-buttons");
  const pause = make("button", "wb-button", "Pause");
  const step = make("button", "wb-button", "Step");
  const details = make("details", "wb-tune");
  const form = make("form");
  const off = make("p", "wb-missing");
  step.title = "Run one batch, then stay paused";
  details.append(make("summary", "", "Tune"), form);
  const fork = make("button", "wb-button", "Fork");
  fork.title = "Start the same query once more on a copy of its checkpoint, into a table of its own";
  fork.addEventListener("click", () => send({ kind: "fork" }));
  buttons.append(pause, step, fork);
  const refusal = drawRefusal(send);
  el.append(buttons, details, refusal.el, off);
  pause.addEventListener("click", () => send({ kind: pause.dataset.kind }));
  step.addEventListener("click", () => send({ kind: "step" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const changes = changesOf(form);
    if (Object.keys(changes).length) send({ kind: "tune", changes });
    form.reset();
  });
  let shown = "";
  const update = ({ known, off: reason, paused, over, knobs, now = {}, refused = null }) => {
    buttons.hidden = details.hidden = !known || Boolean(reason) || over;
    off.hidden = !known || !reason || over;
    off.textContent = reason;
    pause.textContent = paused ? "Resume" : "Pause";
    pause.dataset.kind = paused ? "resume" : "pause";
    refusal.update(over ? null : refused);
    if (shown !== (shown = knobs.join())) {
      form.replaceChildren(...knobs.map(knobField), make("button", "wb-button", "Apply"));
    }
    for (const name of knobs) form.elements[name]?.tellNow?.(now[name]);
  };
  el.hidden = false;
  return { el, update };
}

// A change that was refused: the reason, and the offer to try it in a fork.
function drawRefusal(send) {
  const el = make("p", "wb-refused");
  el.setAttribute("role", "status");
  const text = make("span");
  const fork = make("button", "wb-button", "Try it in a fork");
  let changes = {};
  fork.addEventListener("click", () => send({ kind: "fork", changes }));
  el.append(text, fork);
  const update = (refused) => {
    el.hidden = !refused;
    text.textContent = refused?.text ?? "";
    fork.hidden = !refused?.changes;
    changes = refused?.changes ?? {};
  };
  update(null);
  return { el, update };
}

function knobField(name) {
  const { label, example, among, from, to, text = String, unset = ["not told", NOTCHES / 2] } = KNOBS[name] ?? { label: name, example: "" };
  const field = make("label", "wb-knob", label);
  if (among) return field.append(among.reduce(addOption, Object.assign(make("select", "wb-choose"), { name }))), field;
  const input = make("input");
  const inputMode = ["trigger", "watermark"].includes(name) ? "text" : "numeric";
  Object.assign(input, { name, placeholder: example, size: 10, inputMode });
  field.append(input);
  if (!from) return field;
  const slider = make("input");
  const place = (value) => (NOTCHES * Math.log(value / from)) / Math.log(to / from);
  Object.assign(slider, { type: "range", min: 0, max: NOTCHES, step: 1 });
  slider.setAttribute("aria-label", `${label}, slider`);
  const say = (words) => slider.setAttribute("aria-valuetext", words);
  slider.addEventListener("input", () => say((input.value = text(rounded(from * (to / from) ** (slider.value / NOTCHES))))));
  // What is set now stands in grey, and is where the slider begins.
  input.tellNow = (value) => {
    const [words, notch] = value ? [`now ${text(value)}`, Math.round(place(value))] : unset;
    if (input.placeholder === words) return;
    input.placeholder = words;
    slider.setAttribute("value", String(notch));
    slider.toggleAttribute("data-unset", !value);
    if (!input.value) say(words);
  };
  input.addEventListener("input", () => Number(input.value) > 0 && (slider.value = place(Number(input.value))));
  const pair = make("span", "wb-slide");
  pair.append(field, slider);
  return pair;
}

function addOption(select, value) {
  const option = make("option", "", value || "as it is");
  option.value = value;
  select.append(option);
  return select;
}

// Two figures are enough for what is set by a slider.
function rounded(value) {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.round(value / step) * step;
}

// The largest unit that tells a time in whole numbers of at least two.
function delayText(ms) {
  const [unit, name] = UNITS.find(([size]) => ms >= 2 * size && ms % size === 0) ?? UNITS.at(-1);
  return `${ms / unit} ${name}`;
}

function changesOf(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(given.map(([name, value]) => [name, ["trigger", "watermark"].includes(name) || isNaN(value) ? value : Number(value)]));
}
