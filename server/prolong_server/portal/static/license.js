// Shows the license of a link. The token is in the address behind the #, which the browser sends to nobody; it leaves
// this page in the body of two requests to this server alone.
"use strict";

const part = (id) => document.getElementById(id);
const language = document.documentElement.lang;

function day(text) {
  // A calendar day of the vendor, whatever the visitor's zone.
  const shown = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });
  return shown.format(new Date(`${text}T00:00:00Z`));
}

function isWebAddress(text) {
  return /^https?:\/\//i.test(text);
}

function put(id, text) {
  part(id).textContent = text;
}

function point(link, address, text) {
  link.hidden = !address;
  if (!address) return;
  link.href = address;
  if (text) link.textContent = text;
}

function showContact(who, contact) {
  document.querySelector(`[data-of="${who}"]`).hidden = !contact;
  if (!contact) return;
  put(`${who}_name`, contact.name);
  point(part(`${who}_phone`), contact.phone && `tel:${contact.phone.replace(/[^+0-9]/g, "")}`, contact.phone);
  point(part(`${who}_email`), contact.email && `mailto:${encodeURIComponent(contact.email)}`, contact.email);
  point(part(`${who}_url`), contact.url && isWebAddress(contact.url) && contact.url, contact.url);
}

function showState(state) {
  for (const section of document.querySelectorAll("[data-state]")) section.hidden = section.dataset.state !== state;
  for (const one of document.querySelectorAll("[data-for]")) {
    if (!one.dataset.for.split(" ").includes(state)) one.hidden = true;
  }
}

function showReminders(on, stopped) {
  const told = part("reminders");
  told.textContent = stopped ? told.dataset.stopped : on ? told.dataset.on : told.dataset.off;
  part("stop").hidden = !on;
}

function show(license) {
  document.title = `${license.product} – ${document.title}`;
  put("title", license.product);
  put("edition", license.edition);
  put("seats", new Intl.NumberFormat(language).format(license.seats));
  put("license_key_ending", license.license_key_ending);
  put("expires_on", day(license.expires_on));
  document.querySelector('[data-of="renewable_until"]').hidden = !license.renewable_until;
  if (license.renewable_until) put("renewable_until", day(license.renewable_until));
  for (const name of ["where_to_buy", "registration_url"]) {
    const address = license[name];
    point(document.querySelector(`[data-of="${name}"]`), address && isWebAddress(address) && address);
  }
  showContact("seller", license.seller);
  showContact("support", license.seller ? null : license.support);
  showState(license.state);
  showReminders(license.reminders, false);
  put("news", "");
  part("license").hidden = false;
}

function tell(problem) {
  const news = part("news");
  news.textContent = problem.detail || news.dataset.noAnswer;
  put("request", problem.request_id || "");
  part("request").hidden = !problem.request_id;
  if (problem.support) {
    showContact("support", problem.support);
  }
}

async function ask(verb, token) {
  const answer = await fetch(`v1/license-links/${verb}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": language },
    body: JSON.stringify({ token }),
    credentials: "omit",
    referrerPolicy: "no-referrer",
    cache: "no-store",
  });
  const body = await answer.json();
  if (!answer.ok) throw body;
  return body;
}

async function open() {
  const news = part("news");
  const token = location.hash.slice(1);
  part("license").hidden = true;
  part("request").hidden = true;
  if (!token) {
    news.textContent = news.dataset.noToken;
    return;
  }
  news.textContent = news.dataset.loading;
  try {
    show(await ask("open", token));
  } catch (problem) {
    tell(problem);
  }
}

async function stop() {
  const button = part("stop");
  button.disabled = true;
  try {
    const license = await ask("unsubscribe", location.hash.slice(1));
    showReminders(license.reminders, true);
  } catch (problem) {
    part("reminders").textContent = problem.detail || part("news").dataset.noAnswer;
  } finally {
    button.disabled = false;
  }
}

part("stop").addEventListener("click", stop);
// Another link opened in the same tab changes only what stands behind the #, and loads nothing.
addEventListener("hashchange", () => location.reload());
open();
