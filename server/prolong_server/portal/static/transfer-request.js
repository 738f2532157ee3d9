// The page of a transfer request. The address holds, behind the #, the request's number and the token of its link; the
// browser sends that to nobody, and the token leaves this page in a header of requests to this server alone.
"use strict";

const part = (id) => document.getElementById(id);
const language = document.documentElement.lang;
const [number, ...rest] = location.hash.slice(1).split(".");
const token = rest.join(".");
const EDITED = ["draft", "needs_information"];
const TAKES_PAPERS = ["draft", "submitted", "in_review", "needs_information", "approved"];
const WITHDRAWN = ["draft", "submitted", "in_review", "needs_information"];
const MOVED = ["executed", "awaiting_return", "completed"];
let shown = null;

function day(text) {
  const written = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  return written.format(new Date(`${text}T00:00:00Z`));
}

function copy(id) {
  return part(id).content.firstElementChild.cloneNode(true);
}

async function ask(method, path, body, kind) {
  const headers = { "Accept-Language": language, Authorization: `Bearer ${token}` };
  if (kind) headers["Content-Type"] = kind;
  const answer = await fetch(`v1/transfer-requests/${number}${path}`, {
    method,
    headers,
    body,
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
  });
  if (answer.status === 401) throw { detail: part("news").dataset.noLink };
  if (!answer.ok) throw await answer.json();
  return answer;
}

async function json(method, path, value) {
  const answer = await (value === undefined
    ? ask(method, path)
    : ask(method, path, JSON.stringify(value), "application/json"));
  return answer.status === 204 ? null : answer.json();
}

async function save(path, name) {
  const blob = await (await ask("GET", path)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function say(text) {
  part("news").textContent = text;
}

function tell(problem) {
  const news = part("news").dataset;
  const lines = [problem.detail || news.noAnswer, ...(problem.missing || []), ...words(problem.errors)];
  say(lines.join("\n"));
  part("request_id").textContent = problem.request_id || "";
  part("request_id").hidden = !problem.request_id;
  showSupport(problem.support);
  part("news").scrollIntoView({ block: "center" });
}

function words(told) {
  if (typeof told === "string") return [told];
  return told && typeof told === "object" ? Object.values(told).flatMap(words) : [];
}

function showSupport(contact) {
  part("support").hidden = !contact;
  if (!contact) return;
  part("support_name").textContent = contact.name;
  part("support_phone").textContent = contact.phone;
  part("support_phone").href = `tel:${contact.phone.replace(/[^+0-9]/g, "")}`;
  part("support_email").textContent = contact.email;
  part("support_email").href = `mailto:${encodeURIComponent(contact.email)}`;
}

function placeRow(side, place) {
  const row = copy(`${side}_row`);
  row.querySelector('[data-name="module"]').value = place.module || "";
  row.querySelector('[data-name="seats"]').value = place.seats || "";
  row.querySelector("[data-remove]").addEventListener("click", () => row.remove());
  return row;
}

function licenseRow(line, place) {
  const row = copy("license_row");
  row.querySelector("legend").textContent = place;
  row.querySelector("[data-added]").hidden = !line.added;
  for (const name of ["license_key", "software"]) row.querySelector(`[data-name="${name}"]`).value = line[name] || "";
  for (const side of ["from", "to"]) {
    const places = row.querySelector(`[data-side="${side}"]`);
    places.append(...(line[side] || [{}]).map((one) => placeRow(side, one)));
    row.querySelector(`[data-add="${side}"]`).addEventListener("click", () => places.append(placeRow(side, {})));
  }
  row.querySelector(":scope > [data-remove]").addEventListener("click", () => row.remove());
  if (line.added) row.disabled = true;
  return row;
}

function places(row, side) {
  return [...row.querySelectorAll(`[data-side="${side}"] > .place`)]
    .map((one) => ({
      module: one.querySelector('[data-name="module"]').value.trim(),
      seats: Number(one.querySelector('[data-name="seats"]').value),
    }))
    .filter((one) => one.module);
}

function isHalf(row) {
  const value = (one, name) => one.querySelector(`[data-name="${name}"]`).value.trim();
  const seats = [...row.querySelectorAll(".place")];
  const named = seats.filter((one) => value(one, "module") || value(one, "seats"));
  const whole = named.every((one) => value(one, "module") && Number(value(one, "seats")) >= 1);
  return !whole || (!value(row, "license_key") && (value(row, "software") || named.length > 0));
}

function stated() {
  const rows = [...part("licenses").children].filter((row) => !row.disabled);
  if (rows.some(isHalf)) throw { detail: part("news").dataset.incomplete };
  const held = document.querySelector('[name="files_held"]:checked');
  return {
    kind: part("kind").value,
    company: part("company").value.trim() || null,
    ...(shown.state === "needs_information" ? { answer: part("answer").value.trim() || null } : {}),
    licenses: rows
      .map((row) => ({
        license_key: row.querySelector('[data-name="license_key"]').value.trim(),
        ...(row.querySelector('[data-name="software"]').value.trim()
          ? { software: row.querySelector('[data-name="software"]').value.trim() }
          : {}),
        from: places(row, "from"),
        to: places(row, "to"),
      }))
      .filter((line) => line.license_key),
    pledges: { non_use: part("non_use").checked, return_modules: part("return_modules").checked },
    ...(held ? { files_held: held.value } : {}),
  };
}

function showData(request) {
  part("kind").value = request.kind;
  part("company").value = request.company || "";
  part("non_use").checked = request.pledges.non_use;
  part("return_modules").checked = request.pledges.return_modules;
  for (const choice of document.querySelectorAll('[name="files_held"]')) {
    choice.checked = choice.value === request.files_held;
  }
  const lines = request.licenses.length ? request.licenses : [{}];
  part("licenses").replaceChildren(...lines.map((line, at) => licenseRow(line, at + 1)));
  part("fields").disabled = !EDITED.includes(request.state);
}

function paperName(kind) {
  return part("paper_kind").querySelector(`[value="${kind}"]`).textContent;
}

function showPapers(request) {
  const open = TAKES_PAPERS.includes(request.state);
  const rows = request.attachments.map((paper) => {
    const row = copy("paper_row");
    row.querySelector("span").textContent = `${paperName(paper.kind)} · ${new Date(paper.created_at).toLocaleString(language)}`;
    const look = row.querySelector("[data-open]");
    look.hidden = paper.kind === "license_file";
    look.addEventListener("click", () => act(() => save(`/attachments/${paper.id}`, paper.id)));
    const gone = row.querySelector("[data-remove]");
    gone.hidden = !open;
    gone.addEventListener("click", () => act(() => takeBack(paper.id), true));
    return row;
  });
  part("paper_list").replaceChildren(...rows);
  part("paper").hidden = !open;
}

async function showFiles(request) {
  part("files").hidden = !MOVED.includes(request.state);
  if (part("files").hidden) return;
  const { items } = await json("GET", "/license-files?limit=500");
  const current = items.filter((file) => file.status === "current");
  part("file_list").replaceChildren(
    ...current.map((file) => {
      const row = copy("file_row");
      const line = request.licenses.find((one) => one.license === file.license) || {};
      const key = line.license_key || file.license;
      row.querySelector("strong").textContent = [line.software, key].filter(Boolean).join(" · ");
      row.querySelector("span").textContent = `${file.module} (${file.seats})`;
      const name = `${key.replace(/[^\w-]/g, "")}-${file.module.replace(/[^\w-]/g, "")}-${file.revision}.jws`;
      row.querySelector("button").addEventListener("click", () => act(() => save(`/license-files/${file.id}`, name)));
      return row;
    }),
  );
}

function showReturns(request) {
  const words = part("return_list").dataset;
  part("returns").hidden = !request.returns.length;
  part("return_list").replaceChildren(
    ...request.returns.map((one) => {
      const row = document.createElement("li");
      row.textContent = one.received_at
        ? `${one.module}: ${words.received}`
        : `${one.module} – ${words.by} ${day(one.due_on)}`;
      return row;
    }),
  );
}

function showMissing(request) {
  part("missing").replaceChildren(
    ...request.missing.map((text) => {
      const row = document.createElement("li");
      row.textContent = text;
      return row;
    }),
  );
  part("lacking").hidden = !EDITED.includes(request.state);
}

async function show(request) {
  shown = request;
  part("number").textContent = request.id;
  for (const section of document.querySelectorAll("[data-state]")) {
    section.hidden = section.dataset.state !== request.state;
  }
  const told = request.state === "rejected" ? request.reason : request.state === "needs_information" ? request.question : null;
  part("question").textContent = told || "";
  part("question").hidden = !told;
  part("answering").hidden = request.state !== "needs_information";
  part("answer").value = request.answer || "";
  showMissing(request);
  showData(request);
  showPapers(request);
  showReturns(request);
  part("submit").hidden = !EDITED.includes(request.state);
  part("withdraw").hidden = !WITHDRAWN.includes(request.state);
  part("request").hidden = false;
  await showFiles(request);
}

async function act(deed, again, done) {
  showSupport(null);
  part("request_id").hidden = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await deed();
    if (answer && answer.state) await show(answer);
    else if (again) await show(await json("GET", ""));
    say(done || "");
  } catch (problem) {
    tell(problem);
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

async function keep() {
  return json("PATCH", "", stated());
}

async function takeBack(paper) {
  if (EDITED.includes(shown.state)) await keep();
  await json("DELETE", `/attachments/${paper}`);
}

async function submit() {
  await keep();
  return json("POST", "/submit");
}

async function addPaper() {
  const form = new FormData();
  form.append("kind", part("paper_kind").value);
  form.append("file", part("file").files[0]);
  say(part("news").dataset.adding);
  if (EDITED.includes(shown.state)) await keep();
  await ask("POST", "/attachments", form);
  part("file").value = "";
}

part("data").addEventListener("submit", (event) => {
  event.preventDefault();
  act(keep, false, part("news").dataset.saved);
});
part("paper").addEventListener("submit", (event) => {
  event.preventDefault();
  act(addPaper, true, part("news").dataset.kept);
});
part("add_license").addEventListener("click", () => {
  part("licenses").append(licenseRow({}, part("licenses").children.length + 1));
});
part("letter").addEventListener("click", () =>
  act(async () => {
    if (EDITED.includes(shown.state)) await keep();
    await save("/letter.pdf", `${number}.pdf`);
  }, true),
);
part("submit").addEventListener("click", () => act(submit));
part("withdraw").addEventListener("click", () => {
  if (confirm(part("withdraw").dataset.sure)) act(() => json("POST", "/withdraw"));
});
// Another link opened in the same tab changes only what stands behind the #, and loads nothing.
addEventListener("hashchange", () => location.reload());
if (token) {
  say(part("news").dataset.loading);
  act(() => json("GET", ""));
} else {
  say(part("news").dataset.noToken);
}
