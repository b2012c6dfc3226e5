// The emulator's Docusign JS: opens a signing URL in a frame and tells the page how it ended.
// https://developers.docusign.com/docs/esign-rest-api/esign101/concepts/embedding/docusign-js-embedded-reference/
(() => {
  "use strict";

  const FORMATS = ["focused", "default"];

  class Signing {
    constructor({ url, displayFormat, style = {} }) {
      if (!url) throw new Error("signing() needs the url of a recipient view.");
      if (!FORMATS.includes(displayFormat)) throw new Error("displayFormat is 'focused' or 'default'.");
      this.url = url;
      this.options = { displayFormat, style, origin: location.origin };
      this.listeners = { ready: [], sessionEnd: [] };
    }

    on(event, listener) {
      if (!this.listeners[event]) throw new Error(`There is no event '${event}': use 'ready' or 'sessionEnd'.`);
      this.listeners[event].push(listener);
      return this;
    }

    emit(type, sessionEndType) {
      for (const listener of this.listeners[type] || []) listener({ type, sessionEndType });
    }

    mount(selector) {
      const place = typeof selector === "string" ? document.querySelector(selector) : selector;
      if (!place) throw new Error(`There is no element ${selector} to mount on.`);
      const frame = document.createElement("iframe");
      // The name stays with the frame on its way from the one-time link to the session.
      frame.name = `docusign-signing:${JSON.stringify(this.options)}`;
      frame.title = "Documents to sign";
      frame.style.cssText = "width:100%;height:100%;min-height:600px;border:0;display:block";
      window.addEventListener("message", (event) => {
        const message = event.data;
        if (event.source !== frame.contentWindow || event.origin !== new URL(this.url).origin) return;
        if (message?.source === "docusign-emulator") this.emit(message.type, message.sessionEndType);
      });
      // A link that was too old leads straight to the return URL, which we can read when it is our own page.
      frame.addEventListener("load", () => {
        try {
          const event = new URL(frame.contentWindow.location.href).searchParams.get("event");
          if (event) this.emit("sessionEnd", event);
        } catch {
          // Another origin: the signing page itself, which speaks by messages.
        }
      });
      frame.src = this.url;
      place.replaceChildren(frame);
      return this;
    }
  }

  window.DocuSign = {
    loadDocuSign(integrationKey) {
      if (!integrationKey) return Promise.reject(new Error("loadDocuSign() needs an integration key."));
      return Promise.resolve({ signing: (options) => new Signing(options) });
    },
  };
})();
