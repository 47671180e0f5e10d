// The state of the query: its operators, and its keys and values when somebody asks for them.

const WITH_KEY = ["key", "over"];

function drawState(send, store) {
  const { el, update: show, head } = drawTable("State", "Choose what to look at, and press Look.");
  el.classList.add("wb-state-card");
  head.lastChild.hidden = true; // what was read does not change by itself, so there is nothing to pause
  const form = make("form", "wb-ask");
  const operator = choice("operator", "Operator");
  const look = choice("look", "Show");
  const key = wordField("key", "Key", "words of the key, by commas");
  const batch = wordField("batch", "After batch", "newest");
  batch.querySelector("input").inputMode = "numeric";
  form.append(operator, look, key, batch, make("button", "wb-button", "Look"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ kind: "state", ...Object.fromEntries(new FormData(form)) });
  });
  const select = look.querySelector("select");
  const showKey = () => (key.hidden = !WITH_KEY.includes(select.value));
  select.addEventListener("change", showKey);
  head.after(form);
  form.hidden = store.whole;
  const update = ({ operators, views, answer }) => {
    el.hidden = !operators.length || (store.whole && !answer.rows.length);
    offerAll(operator.querySelector("select"), operators.map((line, index) => [String(index), line]));
    offerAll(select, views);
    showKey();
    show(answer);
  };
  return { el, update };
}

function choice(name, label) {
  const field = make("label", "wb-knob", label);
  const select = make("select", "wb-choose");
  select.name = name;
  field.append(select);
  return field;
}

function wordField(name, label, example) {
  const field = make("label", "wb-knob", label);
  const input = make("input");
  Object.assign(input, { name, placeholder: example });
  field.append(input);
  return field;
}

// The options stay the same elements as long as there are as many, so that an open list is not closed.
function offerAll(select, pairs) {
  while (select.options.length > pairs.length) select.options[select.options.length - 1].remove();
  pairs.forEach(([value, text], index) => {
    const option = select.options[index] ?? select.appendChild(make("option"));
    if (option.value !== value) option.value = value;
    if (option.textContent !== text) option.textContent = text;
  });
}
