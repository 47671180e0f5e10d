// What a view tells the kernel. Beside our panel a button goes through the panel's subshell, which answers while a cell
// runs; a page that was loaded meanwhile has no other way. Elsewhere, and where the panel has no subshell, the model's.

const SIGNS = ["hello", "seen", "bye"];

function sayer(model, view) {
  const real = realModel(model);
  return (content) => {
    const message = { view, ...content };
    const panel = window.__workbench_say;
    if (!panel || SIGNS.includes(content.kind)) return model.send(message);
    return real
      .then((found) => panel(found.widget_manager.kernel.id, model.get("own_id"), message))
      .catch(() => false)
      .then((isTaken) => isTaken || model.send(message));
  };
}
