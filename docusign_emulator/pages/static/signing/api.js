// What the page asks of the session, and how it leaves it.

const base = location.pathname.replace(/\/$/, "");

/** The session did not do what it was asked: words for the person, per field what is wrong with it, and what is to be paid. */
export class Refused extends Error {
  constructor(message, problems = {}, payment = null) {
    super(message);
    this.problems = problems;
    this.payment = payment;
  }
}

/** How this page stands in a frame of Docusign JS (bundle.js), or null. */
export const frame = (() => {
  if (window.parent === window || !window.name.startsWith("docusign-signing:")) return null;
  try {
    return JSON.parse(window.name.slice("docusign-signing:".length));
  } catch {
    return null;
  }
})();

/** POST to the session. An answer that ends it leads away from the page and never comes back here. */
export async function post(what, body = {}) {
  let answer;
  try {
    answer = await fetch(`${base}/${what}`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The signing service could not be reached. Check that it is running and try again.");
  }
  const data = await answer.json().catch(() => ({}));
  // The state of a session that goes on carries `redirect` too, empty.
  if (data.redirect) {
    leave(data.redirect);
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Refused(data.message || "That did not work. Try again.", data.problems || {}, data.payment);
  return data;
}

/** Go where the session ends: the return URL, or a message to the page that framed us. */
export function leave(redirect) {
  if (frame) {
    const event = new URL(redirect, location.href).searchParams.get("event") || "exception";
    tell({ type: "sessionEnd", sessionEndType: event });
  } else {
    window.onbeforeunload = null;
    location.assign(redirect);
  }
}

export function tell(message) {
  window.parent.postMessage({ source: "docusign-emulator", ...message }, frame.origin);
}
