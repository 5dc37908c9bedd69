// The host: JSON-RPC 2.0 over postMessage, as MCP Apps has it (SEP-1865, 2026-01-26).

const READ_SECONDS = 60;

class Refused extends Error {
  // The host answered with an error, or not in time. `before` is whether nothing can have been carried out.
  constructor(message, before) {
    super(message);
    this.before = before;
  }
}

const host = {
  context: {},
  capabilities: {},
  origin: "*",
  waiting: new Map(),
  handlers: new Map(),
  last: 0,

  // What is said is for whoever shows this page, a confirmation too: once its origin is known, for that origin alone.
  send(message) {
    window.parent.postMessage({ jsonrpc: "2.0", ...message }, host.origin);
  },

  notify(method, params = {}) {
    host.send({ method, params });
  },

  request(method, params, seconds) {
    const id = ++host.last;
    return new Promise((resolve, reject) => {
      const late = () => host.settle(id, () => reject(new Refused("There was no answer in time.", false)));
      const timer = seconds ? setTimeout(late, seconds * 1000) : 0;
      host.waiting.set(id, { method, resolve, reject, timer });
      host.send({ id, method, params });
    });
  },

  settle(id, how) {
    const one = host.waiting.get(id);
    if (!one) return;
    host.waiting.delete(id);
    clearTimeout(one.timer);
    how(one);
  },

  on(method, handler) {
    host.handlers.set(method, handler);
  },

  receive(event) {
    const message = event.data;
    if (event.source !== window.parent || !message || message.jsonrpc !== "2.0") return;
    if (typeof message.method === "string") return host.asked(message);
    if (host.waiting.get(message.id)?.method === "ui/initialize") host.learn(event.origin);
    if (message.error) host.settle(message.id, (one) => one.reject(refusal(message.error)));
    else host.settle(message.id, (one) => one.resolve(message.result ?? {}));
  },

  // A host without an origin of its own ("null"), or with one that only its own programs know, cannot be addressed by it.
  learn(origin) {
    if (/^https?:/.test(origin)) host.origin = origin;
  },

  asked({ id, method, params }) {
    const handler = host.handlers.get(method);
    if (handler) handler(params ?? {});
    if (id === undefined) return;
    host.send(handler ? { id, result: {} } : { id, error: { code: -32601, message: "Method not found" } });
  },

  // Calls a tool of the server. Without `seconds` it waits for as long as a person may take to answer a question.
  async tool(name, given, seconds) {
    return told(await host.request("tools/call", { name, arguments: given }, seconds));
  },
};

function refusal({ code, message }) {
  // -32601 comes before anything comes of a request. -32602 need not: a client library says it of a result, too.
  return new Refused(String(message ?? "The host refused."), code === -32601);
}

// A tool's result: its text, its data, and whether it failed.
function told(result) {
  const texts = (result.content ?? []).filter((part) => part.type === "text").map((part) => part.text);
  const text = texts.join("\n");
  const sandbox = text.startsWith("[sandbox] ");
  return {
    text: sandbox ? text.slice("[sandbox] ".length) : text,
    sandbox,
    failed: result.isError === true,
    // A question that the host was to put itself, or nothing at all.
    missing: result.resultType === "input_required" || (texts.length === 0 && !result.structuredContent),
    data: result.structuredContent ?? null,
  };
}

window.addEventListener("message", host.receive);
