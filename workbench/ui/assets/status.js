// The head: which query, how it stands, its newest figures, and why nothing comes out.

const SPOKEN_EVERY_MS = 5000;

function drawStatus(send, store) {
  const el = make("div", "wb-head");
  const line = make("div", "wb-head-line");
  const state = make("span", "wb-state");
  const title = make("strong", "wb-title");
  const chips = make("ul", "wb-chips");
  const follow = make("button", "wb-button", "Follow");
  const stop = make("button", "wb-button", "Stop");
  follow.hidden = true;
  if (store.whole) follow.textContent = "Whole history";
  follow.title = store.whole ? "Show all batches" : "Show the newest batches again";
  stop.title = "Stop the query";
  stop.addEventListener("click", () => {
    stop.disabled = true;
    stop.textContent = "Stopping…";
    send({ kind: "stop" });
  });
  const why = make("p", "wb-why");
  const spoken = make("p", "wb-hidden");
  spoken.setAttribute("aria-live", "polite");
  line.append(state, title, chips, follow, stop);
  el.append(line, why, spoken);
  const speak = throttled((text) => (spoken.textContent = text), SPOKEN_EVERY_MS);
  const update = (status) => {
    state.textContent = status.state;
    state.dataset.state = status.state;
    title.textContent = status.title;
    chips.replaceChildren(...status.chips.map(chip));
    why.textContent = status.why;
    stop.hidden = store.whole || status.state === "stopped" || status.state === "failed";
    speak(`${status.title} ${status.state}. ${status.chips.map((pair) => pair.join(" ")).join(", ")}. ${status.why}`);
  };
  return { el, update, follow, state: () => state.dataset.state, stopSpeaking: speak.cancel };
}

function chip([label, value]) {
  const item = make("li");
  item.append(make("span", "", label), make("b", "", value));
  return item;
}

// Calls at once, then at most once in `ms`, with the newest argument.
function throttled(call, ms) {
  let timer = null;
  let waiting = null;
  const run = (value) => {
    if (timer) return void (waiting = { value });
    call(value);
    timer = setTimeout(() => {
      timer = null;
      if (waiting) run(waiting.value);
      waiting = null;
    }, ms);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}
