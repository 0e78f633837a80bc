// The review of a reading: tree and source show the same measure; a selected passage becomes part of a measure.
// Without this file the links between the panes and the edit forms still work.
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);
  let [current, passage] = [null, null]; // order of the measure being looked at; [start, end] in the source

  // Only what needs a look: a choice of the reader that outlives changes and reloads.
  const kept = `look${location.pathname}`;
  function filter(on) {
    sessionStorage.setItem(kept, on ? "on" : "");
    one("#review").classList.toggle("only-look", on);
    all("[data-look-only]").forEach((label) => { label.hidden = false; one("input", label).checked = on; });
  }
  const refilter = () => filter(sessionStorage.getItem(kept) === "on" && one("[data-look-only]") !== null);
  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-look-only]")) filter(event.target.checked);
  });

  // Ctrl+Z and Ctrl+Y outside of a field are the buttons of that name.
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    const key = event.shiftKey && event.key.toLowerCase() === "z" ? "y" : event.key;
    const button = ["z", "y"].includes(key) && one(`#undo [data-key=${key}]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  function choose(order, scroll) {
    current = order;
    all(".is-current").forEach((e) => { e.classList.remove("is-current"); e.removeAttribute("aria-current"); });
    const measure = document.getElementById(`m-${order}`);
    if (measure && !("look" in measure.dataset)) filter(false); // else it could not be seen
    if (measure) { measure.classList.add("is-current"); measure.setAttribute("aria-current", "true"); }
    all(`#source-text a[href$="#m-${order}"]`).forEach((link) => link.parentElement.classList.add("is-current"));
    if (scroll) show(scroll);
    tell();
  }

  // Only the pane scrolls, never the page under the reader's eyes.
  function show(element, always) {
    const pane = element.closest(".pane__scroll");
    if (!pane) return;
    const [inner, outer] = [element.getBoundingClientRect(), pane.getBoundingClientRect()];
    if (always || inner.top < outer.top + 60 || inner.top > outer.bottom - 60) pane.scrollTop += inner.top - outer.top - 80;
  }

  // Offsets count characters as the server does: by code points, without the line numbers.
  function offsetOf(node, at) {
    const line = (node.nodeType === 1 ? node : node.parentElement).closest("#source-text p[data-at]");
    if (!line) return null;
    const before = document.createRange();
    before.setStart(line, 1);
    before.setEnd(node, at);
    return before.collapsed ? +line.dataset.at : +line.dataset.at + [...before.toString()].length;
  }

  function selected() {
    if (getSelection().isCollapsed) return null;
    const range = getSelection().getRangeAt(0);
    const ends = [offsetOf(range.startContainer, range.startOffset), offsetOf(range.endContainer, range.endOffset)];
    return ends.includes(null) || ends[0] >= ends[1] ? null : ends;
  }

  function tell() {
    const bar = one("[data-marks]");
    if (!bar) return;
    bar.hidden = false;
    const measure = current && document.getElementById(`m-${current}`);
    const words = one("[data-passage]", bar);
    const aim = one("[data-for]", bar);
    const text = passage ? getSelection().toString().replace(/\s+/g, " ") : "";
    if (text) words.textContent = text.length > 40 ? `“${text.slice(0, 40)}…”` : `“${text}”`;
    if (!passage) words.textContent = words.dataset.none;
    aim.textContent = measure ? `→ ${measure.dataset.label}` : passage ? aim.dataset.none : "";
    const form = document.getElementById("draft");
    const fields = { measure: current, start: passage && passage[0], end: passage && passage[1] };
    for (const name in fields) form.elements[name].value = fields[name] ?? "";
    bar.querySelectorAll("button").forEach((button) => { button.disabled = !(passage && measure) || one("#tree form"); });
  }

  document.addEventListener("selectionchange", () => {
    const found = selected();
    const inside = document.activeElement && document.activeElement.closest("[data-marks]");
    if (!found && inside) return; // a click on the toolbar must not lose what was selected
    passage = found;
    const link = found && current === null && getSelection().anchorNode.parentElement.closest('a[href*="#m-"]');
    if (link) choose(+link.hash.slice(3));
    else tell();
  });

  document.addEventListener("click", (event) => {
    const cancel = event.target.closest("#tree [data-cancel]");
    if (cancel) { event.preventDefault(); cancel.closest("form").remove(); tell(); return; }
    const link = event.target.closest('#source-text a[href^="#m-"]');
    if (link) event.preventDefault();
    if (link && getSelection().isCollapsed) { // else it was a selection, not a click
      history.replaceState(null, "", link.hash);
      choose(+link.hash.slice(3), document.getElementById(link.hash.slice(1)));
    }
    const measure = event.target.closest("#tree [data-measure]");
    if (!measure || event.target.closest("form")) return;
    const jump = event.target.closest('a[href^="#"]');
    if (jump) event.preventDefault();
    const target = document.getElementById(jump ? jump.hash.slice(1) : `s-${measure.dataset.measure}`);
    choose(+measure.dataset.measure, target);
    if (jump) history.replaceState(null, "", `#m-${measure.dataset.measure}`);
  });
  // Pressing a button of the toolbar keeps the selection.
  document.addEventListener("mousedown", (event) => { if (event.target.closest("[data-marks]")) event.preventDefault(); });

  // A form that was opened is seen and typed into at once, a refusal is seen; the rest waits until the form is done.
  document.addEventListener("htmx:afterSettle", (event) => {
    const alert = one("#tree form .alert");
    if (alert) show(alert, true);
    const form = event.detail.target.id?.startsWith("slot-") && one("form", event.detail.target);
    refilter();
    if (form) show(form, true);
    // Whoever already types in the form keeps the field: else the words land in the first one.
    if (form && !form.contains(document.activeElement)) one("input:not([type=hidden]), textarea", form)?.focus({ preventScroll: true });
    tell();
  });
  // A refusal says in its headers where it wants to be shown.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  // After a change the reader stays where it happened.
  document.addEventListener("draft:changed", (event) => {
    passage = null;
    const place = document.getElementById(event.detail.at);
    if (!place) return;
    if (place.dataset.measure) choose(+place.dataset.measure, place);
    else choose(current, place);
    const focus = one("a, button", place);
    if (focus) focus.focus({ preventScroll: true });
  });
  refilter();
  const start = location.hash.startsWith("#m-") ? +location.hash.slice(3) : null;
  if (start) choose(start);
  else tell();
})();
