// socketio.mjs - the same service with Node.js socket.io, as its documentation would write it: clients
// join rooms and publish to them. One process.
//
//   node socketio.mjs [recovery]      with `recovery`, sessions are kept in memory for two minutes
//
// Prints its port, chosen by the kernel, and serves until it is killed. The packages are those of the
// end-to-end tests.

import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const { Server } = createRequire(new URL('../../e2e/package.json', import.meta.url))('socket.io');

const server = createServer();
const io = new Server(server, {
  serveClient: false,
  transports: ['websocket'],
  connectionStateRecovery: process.argv[2] === 'recovery' ? {} : undefined,
});

io.on('connection', (socket) => {
  socket.on('join', (rooms, done) => {
    socket.join(rooms);
    done({ ok: true });
  });
  socket.on('publish', ({ room, event, data }) => {
    io.to(room).emit(event, data);
  });
});

server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  console.log(server.address().port);
});
