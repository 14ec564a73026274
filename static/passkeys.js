// Passkeys: asks our server for a challenge and the device for its signature, and goes where the server says.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/** What the server says, or nothing if it asks first who is there. */
async function ask(path, said) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(said) });
  if (answer.redirected) return location.assign(answer.url);
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.message ?? "");
  return json;
}

/** What the device signs, as the server reads it. */
async function sign(options) {
  const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  options.challenge = bytes(options.challenge);
  options.excludeCredentials = known(options.excludeCredentials);
  options.allowCredentials = known(options.allowCredentials);
  if (options.user) options.user.id = bytes(options.user.id);
  const made = options.user ? await navigator.credentials.create({ publicKey: options }) : await navigator.credentials.get({ publicKey: options });
  const response = { clientDataJSON: text(made.response.clientDataJSON), userHandle: null };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return { id: made.id, rawId: text(made.rawId), type: made.type, response };
}

async function pressed(part, button, error) {
  const { passkey, back = "", form = "", failed, cancelled, known } = part.dataset;
  error.hidden = button.disabled = true;
  try {
    const challenge = await ask(`${passkey}/challenge`, {});
    if (!challenge) return;
    const name = part.querySelector("input")?.value ?? "";
    const done = await ask(passkey, { id: challenge.id, back, form, name, answer: await sign(challenge.publicKey) });
    if (done) location.assign(done.see);
  } catch (why) {
    const words = { NotAllowedError: cancelled, AbortError: cancelled, InvalidStateError: known };
    error.textContent = words[why.name] ?? (why.name === "Error" && why.message ? why.message : failed);
    error.hidden = false;
  } finally {
    button.disabled = false;
  }
}

for (const part of window.PublicKeyCredential ? document.querySelectorAll("[data-passkey]") : []) {
  const button = part.querySelector("button");
  button.addEventListener("click", () => pressed(part, button, part.querySelector(".err")));
  part.hidden = false;
}
