// Pause, step and tune, where the server can; where it cannot, the reason.

const KNOB_LABELS = {
  trigger: ["A batch every", "1 second"],
  max_rows: ["Rows a batch, at most", "1000"],
  max_files: ["Files a batch, at most", "10"],
  max_bytes: ["Bytes a batch, at most", "10000000"],
  state_partitions: ["State partitions", "4"],
  watermark: ["Watermark behind by (restarts)", "1 hour"],
};

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
  el.append(buttons, details, off);
  pause.addEventListener("click", () => send({ kind: pause.dataset.kind }));
  step.addEventListener("click", () => send({ kind: "step" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const changes = changesOf(form);
    if (Object.keys(changes).length) send({ kind: "tune", changes });
    form.reset();
  });
  let shown = "";
  const update = ({ known, off: reason, paused, over, knobs }) => {
    buttons.hidden = details.hidden = !known || Boolean(reason) || over;
    off.hidden = !known || !reason || over;
    off.textContent = reason;
    pause.textContent = paused ? "Resume" : "Pause";
    pause.dataset.kind = paused ? "resume" : "pause";
    if (shown === (shown = knobs.join())) return;
    form.replaceChildren(...knobs.map(knobField), make("button", "wb-button", "Apply"));
  };
  el.hidden = false;
  return { el, update };
}

function knobField(name) {
  const [label, example] = KNOB_LABELS[name] ?? [name, ""];
  const field = make("label", "wb-knob", label);
  const input = make("input");
  Object.assign(input, { name, placeholder: example, size: 10, inputMode: ["trigger", "watermark"].includes(name) ? "text" : "numeric" });
  field.append(input);
  return field;
}

function changesOf(form) {
  const given = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  return Object.fromEntries(given.map(([name, value]) => [name, ["trigger", "watermark"].includes(name) || isNaN(value) ? value : Number(value)]));
}
