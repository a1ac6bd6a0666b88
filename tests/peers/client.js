// A payment terminal by npm iso_8583, which knows nothing of posdiag: sends one echo and
// prints, as one JSON line, the reply as it understood it. Ends with 1 if there is none.
// Arguments: the folder with node_modules, the port on 127.0.0.1, the dialect ("ascii",
// "unionpay"), the trace number and, for TLS, the file of the CA and the host's name.
"use strict";
const fs = require("fs");
const net = require("net");
const path = require("path");
const tls = require("tls");
const [folder, port, dialect, stan, ca, servername] = process.argv.slice(2);
const Iso8583 = require(path.join(folder, "node_modules", "iso_8583"));

const SILENCE = 5000; // ms
const HEAD = Buffer.from("6000030000" + "603100311312", "hex"); // TPDU, header
const BCD = (digits) => ({ ContentType: "b", LenType: "fixed", MaxLen: digits });
// What UnionPay has in BCD. Field 60 with its length: 0011, eleven digits, a 0 to fill.
const FORMATS = { 11: BCD(6), 60: BCD(16) };

function fail(why) {
  process.stderr.write(why + "\n");
  process.exit(1);
}

function right(made) {
  if (made.error) fail("iso_8583: " + JSON.stringify(made.error));
  return made;
}

// The package's own table knows no 0830.
class UnionPay extends Iso8583 {
  _checkMTI(mti) {
    return mti === "0830" || super._checkMTI(mti);
  }
}

const dialects = {
  ascii: {
    ask() {
      const asked = { 0: "0800", 7: "1201000000", 11: stan, 70: "301" };
      return right(new Iso8583(asked).getBufferMessage());
    },
    read(body) {
      return { message: unpack(new Iso8583(), body) };
    },
  },
  // The package has the message type in ASCII and knows neither TPDU nor header: these
  // are put before its message here.
  unionpay: {
    ask() {
      const asked = { 0: "0820", 11: stan, 41: "10000001", 42: "898000000000001" };
      asked[60] = "0011" + "00" + "000001" + "301" + "0";
      const made = right(new UnionPay(asked, FORMATS).getRawMessage());
      const type = Buffer.from(made.toString("latin1", 0, 4), "hex");
      const body = Buffer.concat([HEAD, type, made.subarray(4)]);
      return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
    },
    read(body) {
      const rest = body.subarray(HEAD.length);
      const type = Buffer.from(rest.toString("hex", 0, 2), "latin1");
      const message = Buffer.concat([type, rest.subarray(2)]);
      return {
        tpdu: body.toString("hex", 0, 5),
        header: body.toString("hex", 5, HEAD.length),
        message: unpack(new UnionPay(undefined, FORMATS), message),
      };
    },
  },
};

// The fields, and how many bytes are left behind the last one.
function unpack(reader, message) {
  const found = right(reader.unpack_0_127(message, {}, {}));
  return { fields: found.json, left: found.remSlice.length };
}

const chosen = dialects[dialect] || fail("which dialect?");
const to = { host: "127.0.0.1", port: Number(port) };
const socket = ca
  ? tls.connect({ ...to, ca: fs.readFileSync(ca), servername })
  : net.connect(to);
let data = Buffer.alloc(0);
socket.setTimeout(SILENCE, () => fail("no answer"));
socket.on("error", (error) => fail(String(error)));
socket.on("end", () => fail("hung up after " + data.length + " bytes"));
socket.on(ca ? "secureConnect" : "connect", () => socket.write(chosen.ask()));
socket.on("data", (more) => {
  data = Buffer.concat([data, more]);
  if (data.length < 2 || data.length < 2 + data.readUInt16BE(0)) return;
  const end = 2 + data.readUInt16BE(0);
  const told = { ...chosen.read(data.subarray(2, end)), after: data.length - end };
  process.stdout.write(JSON.stringify(told) + "\n", () => process.exit(0));
});
