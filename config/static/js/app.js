// Progressive enhancement only: every page works without this file, htmx does the rest.
(() => {
  "use strict";
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const on = (event, handler, options) => document.addEventListener(event, handler, options);

  // What has no use without script is hidden in the page and shown here; htmx may bring more of it later.
  const dress = (root) => {
    all("[data-dismiss][hidden], [data-theme-switch][hidden], [data-copy][hidden], [data-pick-all][hidden], [data-take][hidden]", root).forEach((e) => { e.hidden = false; });
    if (matchMedia("(min-width: 900px)").matches) all("details[data-open-wide]", root).forEach((e) => { e.open = true; });
    all("form[data-guard]", root).forEach((form) => { form.dataset.before = written(form); });
  };
  on("htmx:load", (event) => dress(event.detail.elt));

  on("click", (event) => {
    const hit = (selector) => event.target.closest(selector);
    const dismiss = hit("[data-dismiss]");
    if (dismiss) dismiss.closest("[data-dismissable]").remove();

    const opener = hit("[data-dialog-open]");
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
    const closer = hit("[data-dialog-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); }
    if (event.target.matches("dialog")) event.target.close();

    if (hit("[data-take]")) take(hit("[data-take]"));
    if (hit("[data-theme-switch]")) switchTheme();
    if (hit("[data-copy]")) copy(hit("[data-copy]"));
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (hit("[data-print]")) window.print();

    const row = hit("tr[data-row-link]");
    if (row && !hit("a, button, input, label, select, summary") && !String(getSelection())) {
      const link = row.querySelector("a[href]");
      if (link && (event.ctrlKey || event.metaKey)) window.open(link.href, "_blank", "noopener");
      else if (link) link.click();
    }
  });

  on("keydown", (event) => {
    if (event.key === "Escape") all("details[data-menu][open]").forEach((menu) => { menu.open = false; menu.firstElementChild.focus(); });
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
    if (event.key === "x") document.activeElement.closest("tr[data-row-link]")?.querySelector("input[type=checkbox]")?.click();
    const step = { j: 1, k: -1 }[event.key];
    const links = step ? [...all("tr[data-row-link]")].map((row) => row.querySelector("a[href]")).filter(Boolean) : [];
    if (links.length) {
      const at = links.indexOf(document.activeElement.closest("tr[data-row-link]")?.querySelector("a[href]"));
      links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))].focus();
    }
  });

  // One box ticks all boxes of that name.
  on("change", (event) => {
    const name = event.target.dataset.pickAll;
    if (name) all(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
  });

  // A text that is offered beside a field goes into it, or below what stands there.
  function take(button) {
    const field = document.getElementById(button.dataset.take);
    const text = button.closest("[data-offer]").querySelector("[data-text]").textContent;
    const adds = "adds" in button.dataset;
    if (!adds || !field.value.includes(text)) {
      field.value = adds && field.value.trim() ? `${field.value.trim()}\n${text}` : text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    field.focus();
  }

  // Theme: kept in a cookie so that the server writes it into the page and nothing flashes.
  function switchTheme() {
    const root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    root.dataset.theme = next;
    document.cookie = `theme=${next}; path=/; max-age=31536000; samesite=lax`;
  }

  // navigator.clipboard exists only on https; county networks often have none.
  async function copy(button) {
    const text = button.dataset.copy;
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else {
      const area = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    const label = button.querySelector("[data-copied]") || button;
    label.textContent = label.dataset.copied || button.dataset.copied || label.textContent;
  }

  // Files: say what was chosen, take what is dropped.
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  on("change", (event) => {
    const zone = event.target.closest(".dropzone");
    const list = zone && zone.querySelector(".dropzone__list");
    if (list) {
      list.replaceChildren(...[...event.target.files].map((file) =>
        Object.assign(document.createElement("li"), { textContent: `${file.name} · ${size(file.size)}` })));
    }
  });
  ["dragover", "dragleave", "drop"].forEach((name) => on(name, (event) => {
    const zone = event.target.closest?.(".dropzone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("dropzone--over", name === "dragover");
    if (name !== "drop") return;
    const input = zone.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }));

  // Unsaved text is not lost by a stray click, and a form is not sent twice.
  function written(form) {
    return [...form.elements].filter((e) => e.name && !["hidden", "file", "submit"].includes(e.type))
      .map((e) => (["checkbox", "radio"].includes(e.type) ? e.checked : e.value)).join("\u0000");
  }
  addEventListener("beforeunload", (event) => {
    if ([...all("form[data-guard]:not([data-sent])")].some((form) => form.dataset.before !== written(form))) event.preventDefault();
  });
  // What was kept in passing is no longer unsaved. An answer may also say that it was not, or be the sign-in page.
  on("htmx:afterRequest", ({ detail: { elt, successful } }) => {
    const form = elt.matches("[hx-trigger=change], [data-keeps]") && elt.closest("form[data-guard]");
    if (!form) return;
    const said = "keeps" in elt.dataset && document.querySelector(elt.getAttribute("hx-target"));
    if (said && !(successful && said.firstElementChild)) said.textContent = elt.dataset.keeps;
    if (successful && (!said || said.querySelector("[data-kept]"))) form.dataset.before = written(form);
  });
  on("submit", (event) => {
    const form = event.target;
    // getAttribute: a form with a field named "method" has that field as form.method.
    if (event.defaultPrevented || form.getAttribute("method") !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
    if (form.dataset.sent) event.preventDefault();
    else if (!event.submitter?.matches("[data-again]")) form.dataset.sent = "yes";
    if (form.matches("[data-guard]")) keep({ path: location.pathname, texts: texts(form) });
  });

  // A form that is sent after the session has ended meets the sign-in page: its text waits until that is passed.
  function texts(form) {
    return Object.fromEntries([...form.querySelectorAll("textarea[name]")].map((e) => [e.name, e.value]));
  }
  function keep(kept) { sessionStorage.setItem("kept", JSON.stringify(kept)); }
  function giveBack() {
    const kept = JSON.parse(sessionStorage.getItem("kept") || "null");
    if (!kept) return;
    if (document.querySelector("input[type=password]")) return keep({ ...kept, signedOut: true });
    sessionStorage.removeItem("kept");
    if (!kept.signedOut || kept.path !== location.pathname) return;
    const lost = [...all("form[data-guard] textarea[name]")].filter((e) => kept.texts[e.name] && e.value !== kept.texts[e.name]);
    lost.forEach((e) => { e.value = kept.texts[e.name]; });
    if (lost.length) document.getElementById("kept").hidden = false;
  }
  // Coming back by the browser's Back button must find the forms usable.
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  dress(document);
  giveBack();
})();
