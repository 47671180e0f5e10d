// Light or dark, as the page is; charts name roles in their tags and get their colours here.

const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

function isDark() {
  const { dataset, classList } = document.body;
  if (dataset.jpThemeLight) return dataset.jpThemeLight === "false";
  if (classList.contains("vscode-dark") || classList.contains("vscode-high-contrast")) return true;
  if (classList.contains("vscode-light")) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function watchTheme(changed) {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    media.removeEventListener("change", changed);
  };
}

function paintPage(el, palette) {
  const dark = isDark();
  el.dataset.theme = dark ? "dark" : "light";
  for (const [role, colour] of Object.entries(palette[dark ? "dark" : "light"])) {
    el.style.setProperty(roleVariable(role), colour);
  }
}

function roleVariable(role) {
  return `--wb-role-${role.replaceAll(".", "-")}`;
}

function paintDocument(doc, palette) {
  const roles = palette[isDark() ? "dark" : "light"];
  for (const model of doc.all_models) paintModel(model, roles);
}

function paintModel(model, roles) {
  for (const tag of model.tags ?? []) {
    const [part, role] = String(tag).split(/:(.*)/);
    if (roles[role]) model[`${part}_color`] = roles[role];
  }
  if (model.type === "LinearAxis" || model.type === "DatetimeAxis") {
    Object.assign(model, { major_label_text_color: roles.text, major_label_text_font: FONT });
  } else if (model.type === "Grid") {
    model.grid_line_color = roles.rule;
  }
}
