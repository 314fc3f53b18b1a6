// Runs Azurite's table service for a test, and ends with it: the test's end of the pipe closes however it ends.
// "stop" on the pipe is a cut of the line to it: nothing new is taken in, what is under way is done but not answered.
// Azurite writes its memory to its file only every five seconds by itself; here it does so before it ends, because the
// service that it stands for keeps what it has acknowledged. Its database takes itself for saved while a save is still
// being written, so that one is waited for first.
const http = require('http');
const { createRequire } = require('module');
const Loki = createRequire(process.env.AZURITE_MAIN)('lokijs');
const close = Loki.prototype.close;
Loki.prototype.close = function (done) {
  this.throttledSaveDrain(() => close.call(this, done));
};

let open = 0;
let cut = false;

const end = http.ServerResponse.prototype.end;
http.ServerResponse.prototype.end = function (...body) {
  return cut ? this.socket?.destroy() : end.apply(this, body);
};

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, response) {
  if (event === 'listening') console.log(`listens on port ${this.address().port}`);
  if (event === 'request') {
    if (cut) return request.socket.destroy();
    open++;
    response.once('close', () => {
      open--;
      finish();
    });
  }
  return emit.apply(this, arguments);
};

const finish = () => {
  if (cut && open === 0) process.emit('SIGINT', 'SIGINT');
};
const stop = () => {
  cut = true;
  finish();
};
process.stdin.on('data', stop).on('end', () => process.exit()).resume();
require(process.env.AZURITE_MAIN);
