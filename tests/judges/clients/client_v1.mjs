// The TypeScript SDK, version 1, on a string: a call comes in as a line of JSON, and what came of it goes out as one.
import { createInterface } from "node:readline";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const { url, command, environment, forms } = JSON.parse(process.argv[2]);
const client = new Client({ name: "judge", version: "1" }, { capabilities: forms ? { elicitation: {} } : {} });
let answer = null;
let asked = [];
if (forms) {
  client.setRequestHandler(ElicitRequestSchema, async (request) => {
    asked.push(request.params.message);
    return answer;
  });
}
const transport = url
  ? new StreamableHTTPClientTransport(new URL(url))
  : new StdioClientTransport({ command, env: environment, stderr: "inherit" });
const set = transport.setProtocolVersion?.bind(transport);
let version = null;
transport.setProtocolVersion = (agreed) => {
  version = agreed;
  set?.(agreed);
};
await client.connect(transport);
for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  answer = wanted.answer;
  asked = [];
  const said = wanted.tool
    ? await client.callTool({ name: wanted.tool, arguments: wanted.arguments })
    : await client.listTools();
  console.log(JSON.stringify({ said, asked, version }));
}
await client.close();
