// server.js <name> <port> - one of the demo's nodes: the chat page and a Socket.IO server.
//
// The nodes know nothing of each other. Whoever shares a node shares a chat room: so the page shows
// to which node the agent has sent its user.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Server } from 'socket.io';

const kMaxTextLength = 500;
const kHistoryLength = 30;

const [name, port] = process.argv.slice(2);

const file = (fileName, type) => ({ type, text: readFileSync(new URL(fileName, import.meta.url), 'utf8') });
const kFiles = {
  '/': file('page.html', 'text/html'),
  '/page.css': file('page.css', 'text/css'),
  '/page.js': file('page.js', 'text/javascript'),
};

/// The agent names the user in bytes of UTF-8; Node reads header bytes as Latin-1.
const userOf = (request) => Buffer.from(request.headers['x-pushgate-uid'] ?? '', 'latin1').toString('utf8');

const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://node');
  response.setHeader('cache-control', 'no-store');
  if (pathname === '/whoami') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ node: name, pid: process.pid, uid: userOf(request) }));
  } else if (Object.hasOwn(kFiles, pathname)) {
    const { type, text } = kFiles[pathname];
    response.setHeader('content-type', `${type}; charset=utf-8`);
    response.end(text.replaceAll('{{node}}', name));
  } else {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  }
});

const io = new Server(server);
const history = [];

/// Who is here: one entry for a user, however many tabs are open.
function tellWhoIsHere() {
  const tabs = {};
  for (const { data } of io.sockets.sockets.values()) tabs[data.uid] = (tabs[data.uid] ?? 0) + 1;
  io.emit('people', tabs);
}

io.on('connection', (socket) => {
  socket.data.uid = userOf(socket.request);
  socket.emit('welcome', { node: name, pid: process.pid, uid: socket.data.uid, history });
  socket.on('say', (text) => {
    if (typeof text !== 'string' || text.trim() === '') return;
    const message = { uid: socket.data.uid, text: text.slice(0, kMaxTextLength), at: Date.now() };
    history.push(message);
    history.splice(0, history.length - kHistoryLength);
    io.emit('said', message);
  });
  socket.on('disconnect', tellWhoIsHere);
  tellWhoIsHere();
});

server.on('error', (error) => {
  console.error(`${name}: ${error.message}`);
  process.exit(1);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {}); // a terminal's Ctrl-C reaches the whole group; run.js decides
server.listen(Number(port), '127.0.0.1', () => process.send?.({ port: server.address().port }));
