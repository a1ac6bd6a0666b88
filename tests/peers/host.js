// A payment host by npm iso_8583, which knows nothing of posdiag: reads an 0800 and
// answers it. Prints its port, then each message that it understood, as JSON lines.
// Arguments: the folder with node_modules, the response code.
"use strict";
const net = require("net");
const path = require("path");
const Iso8583 = require(path.join(process.argv[2], "node_modules", "iso_8583"));
const code = process.argv[3] || "00";

const server = net.createServer((socket) => {
  let data = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (more) => {
    data = Buffer.concat([data, more]);
    if (data.length < 2 || data.length < 2 + data.readUInt16BE(0)) return;
    const asked = new Iso8583().getIsoJSON(data);
    process.stdout.write(JSON.stringify(asked) + "\n");
    const reply = { 0: "0810", 7: asked[7], 11: asked[11], 39: code, 70: asked[70] };
    if (asked[41]) reply[41] = asked[41];
    if (asked[42]) reply[42] = asked[42];
    socket.write(new Iso8583(reply).getBufferMessage());
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(JSON.stringify({ port: server.address().port }) + "\n");
});
process.stdin.on("end", () => process.exit(0)).resume(); // ends with whoever started it
