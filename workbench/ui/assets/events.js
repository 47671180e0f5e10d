// What happened: starts, restarts, late rows, errors.

function drawEvents() {
  const el = make("div", "wb-card wb-events");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Events");
  const list = make("ol");
  const scroll = make("div", "wb-scroll");
  scroll.tabIndex = 0;
  scroll.append(list);
  const head = make("div", "wb-card-head");
  head.append(make("h4", "", "Events"));
  el.append(head, scroll);
  const update = (events) =>
    list.replaceChildren(
      ...events.map(({ time, kind, text }) => {
        const item = make("li");
        item.dataset.kind = kind;
        item.append(make("time", "", time), make("b", "", kind), make("span", "", text));
        return item;
      }),
    );
  return { el, update };
}
