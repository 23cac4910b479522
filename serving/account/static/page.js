// One form: asks the door that the form names, and says what came of it. The token is behind the # of the address.
"use strict";

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
const BROWSER = ["magic-link/redeem"]; // doors whose session stays in this browser
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname); // neither history nor a shared address has it any longer

async function ask(path, body, access) {
  const headers = { "Content-Type": "application/json" };
  if (access) headers.Authorization = `Bearer ${access}`;
  const answer = await fetch(`/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told;
}

async function run(fields) {
  const { door, then } = form.dataset;
  const { code, ...body } = fields;
  const client = BROWSER.includes(door) ? "browser" : "api";
  const signsIn = door === "login" || client === "browser";
  if (token) body.token = token;
  if (signsIn) body.client = client;
  let told = await ask(`auth/${door}`, body);
  if (told.kind === "second_factor_needed") {
    if (!code) throw new Error("Your second factor is needed: ask for a new link, and fill in its code.");
    told = await ask("auth/login/mfa", { mfa_token: told.mfa_token, code, client });
  }
  if (then) await ask(then, {}, told.access_token);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    await run(Object.fromEntries(new FormData(form)));
    form.hidden = true;
    status.textContent = form.dataset.done;
  } catch (error) {
    status.textContent = error.message;
    button.disabled = false;
  }
});
