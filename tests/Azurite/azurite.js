// Runs Azurite's table service for a test, and ends with it: the test's end of the pipe closes however it ends.
// "stop" on the pipe lets Azurite write its memory to its file first; it does so by itself only every five seconds.
const stop = () => process.emit('SIGINT', 'SIGINT');
process.stdin.on('data', stop).on('end', () => process.exit()).resume();
require(process.env.AZURITE_MAIN);
