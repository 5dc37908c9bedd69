// The TypeScript client, version 2, on a string: a call comes in as a line of JSON, and what came of it goes out as one.
import { createInterface } from "node:readline";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const { url, command, environment, era, forms } = JSON.parse(process.argv[2]);
const mode = era === "modern" ? { pin: "2026-07-28" } : "legacy";
const client = new Client(
  { name: "judge", version: "2" },
  { capabilities: forms ? { elicitation: { form: {} } } : {}, versionNegotiation: { mode } },
);
let answer = null;
let asked = [];
if (forms) {
  client.setRequestHandler("elicitation/create", async (request) => {
    asked.push(request.params.message);
    return answer;
  });
}
const transport = url
  ? new StreamableHTTPClientTransport(new URL(url))
  : new StdioClientTransport({ command, env: environment, stderr: "inherit" });
await client.connect(transport);
for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  answer = wanted.answer;
  asked = [];
  const said = wanted.tool
    ? await client.callTool({ name: wanted.tool, arguments: wanted.arguments })
    : await client.listTools();
  console.log(JSON.stringify({ said, asked, version: client.getNegotiatedProtocolVersion() }));
}
await client.close();
