// Loaded by Node beside the sample app's result service (node --require): its hosts are ports of this machine.
const net = require("net");

const ports = JSON.parse(process.env.SAMPLE_PORTS);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (port, host, ...rest) {
  return host in ports ? connect.call(this, ports[host], "127.0.0.1", ...rest) : connect.apply(this, arguments);
};
