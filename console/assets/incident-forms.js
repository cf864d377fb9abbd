/* What is typed on an incident's page is kept until it has been sent, and sent so that a connection
   that is lost in the middle loses nothing. The server takes an act once, however often it comes. */
(() => {
  "use strict";

  const PATIENCE = 20000; // milliseconds
  const OURS = "p1line draft ";
  const page = () => document.getElementById("live");
  const prefix = () => `${OURS}${page().dataset.agent} `;
  const key = (form) => prefix() + form.getAttribute("action");
  const isAct = (form) => form instanceof HTMLFormElement && form.closest("main") !== null
    && form.querySelector('[name="seen"]') !== null;

  // Drafts ------------------------------------------------------------------------------------

  const typed = (form) => [...new FormData(form)].filter(([name]) => !["csrf_token", "seen"].includes(name));

  function keep(form) {
    form.dataset.dirty = "";
    sessionStorage.setItem(key(form), JSON.stringify(typed(form)));
  }

  function forget(form) {
    delete form.dataset.dirty;
    sessionStorage.removeItem(key(form));
  }

  function forgetAll(except) {
    for (const name of Object.keys(sessionStorage))
      if (name.startsWith(OURS) && !(except && name.startsWith(except))) sessionStorage.removeItem(name);
  }

  function restore() {
    forgetAll(prefix()); // what a colleague left in this tab
    for (const form of document.querySelectorAll("main form")) {
      const draft = isAct(form) && sessionStorage.getItem(key(form));
      if (draft && draft !== JSON.stringify(typed(form))) fill(form, JSON.parse(draft));
      else if (draft) form.dataset.dirty = "";
    }
  }

  function fill(form, pairs) {
    for (const field of form.elements) {
      const found = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
      if (["radio", "checkbox"].includes(field.type)) field.checked = found.includes(field.value);
      else if (!["hidden", "submit", "fieldset"].includes(field.type) && found.length) field.value = found[0];
    }
    form.dataset.dirty = "";
    for (let fold = form.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    const note = document.createElement("p"), drop = document.createElement("button");
    note.className = "advice draft";
    note.textContent = page().dataset.draft;
    drop.type = "button";
    drop.dataset.drop = "";
    drop.textContent = page().dataset.drop;
    note.append(drop);
    form.prepend(note);
  }

  // Sending -----------------------------------------------------------------------------------

  async function send(form, button) {
    if (form.dataset.sending !== undefined) return; // a double click
    form.dataset.sending = "";
    const label = button?.textContent;
    if (button) button.textContent = page().dataset.sending;
    const body = new FormData(form);
    if (button?.name) body.append(button.name, button.value);
    const address = button?.getAttribute("formaction") ?? form.getAttribute("action");
    const what = await answered(form, address, body);
    if (!what) return;
    delete form.dataset.sending;
    if (button) button.textContent = label;
    trouble(what);
  }

  /* Nothing where the page has been replaced, else what went wrong. */
  async function answered(form, address, body) {
    let answer, html;
    try {
      answer = await fetch(address, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
      html = await answer.text();
    } catch {
      return "unsent";
    }
    const fresh = new DOMParser().parseFromString(html, "text/html");
    if (fresh.getElementById("live")) {
      if (answer.ok) forget(form);
      show(fresh);
      return null;
    }
    return answer.ok ? "ended" : "failed"; // the page to sign in, or that of an error
  }

  function show(fresh) {
    document.title = fresh.title;
    for (const part of ["#main", ".strip"]) {
      const old = document.querySelector(part), next = fresh.querySelector(part);
      if (old && next) old.replaceWith(next);
    }
    document.dispatchEvent(new Event("incident:new"));
    restore();
    const news = document.querySelector('main > .notice[tabindex="-1"]') ?? document.querySelector("[data-said]");
    news?.focus({ preventScroll: true });
    news?.scrollIntoView({ block: "nearest" });
  }

  function trouble(what) {
    const place = document.getElementById("trouble"), { dataset } = page();
    place.dataset.what = what;
    place.textContent = dataset[what];
    if (what === "ended") {
      const link = document.createElement("a");
      link.href = dataset.path;
      link.textContent = dataset.signIn;
      place.append(" ", link);
    }
    place.hidden = false;
    place.tabIndex = -1;
    place.focus();
  }

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (isAct(form)) keep(form);
  });
  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (!drop) return;
    const form = drop.closest("form");
    forget(form);
    form.reset();
    drop.closest(".draft").remove();
    form.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  });
  /* The second click of a double one may land on what the first has put in its place. */
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest("main form button")) event.preventDefault();
  }, true);
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action")?.endsWith("/sign-out")) forgetAll();
    if (!isAct(event.target)) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  if (page()) restore();
})();
