// demo.js - who am I, on which node, and what happens in the room?
//
// The address says it: /?uid=alice&room=lobby. The agent takes the uid from there too, so each name
// has its node.

import { Room } from '/demo/room.js';
import { fly, hueOf } from '/demo/stage.js';

const kLines = 200;
const kFloodsShown = 3;
const kCurvePoints = 40;

const element = (id) => document.getElementById(id);
const address = new URL(location.href);
const name = address.searchParams.get('uid');
const roomName = address.searchParams.get('room') || 'lobby';
const self = { name, node: '' };
const latencies = [];
const floods = new Map(); // run -> {row, got}

const withUid = (uid) => `/?${new URLSearchParams({ uid, room: roomName })}`;
const nodeOf = async (uid) =>
  (await fetch(`/demo/node.json?${new URLSearchParams({ uid })}`, { cache: 'no-store' })).json();

function showState(state, text) {
  document.body.dataset.state = state;
  element('state').textContent = text;
}

function badge(box, node) {
  box.classList.add('node');
  box.textContent = node;
  box.style.setProperty('--hue', hueOf(node));
  return box;
}

function addLine(text, from) {
  const line = document.createElement('li');
  line.className = from ? '' : 'note';
  if (from) {
    const who = Object.assign(document.createElement('b'), { textContent: from.name, title: from.node });
    who.style.setProperty('--hue', hueOf(from.node));
    line.append(who);
  }
  line.append(text);
  const log = element('log');
  log.append(line);
  while (log.childElementCount > kLines) log.firstChild.remove();
  log.scrollTop = log.scrollHeight;
}

/// The first two bytes of a session's id are the tag of its node.
function tagOf(sid) {
  const bytes = atob(sid.slice(0, 4).replaceAll('-', '+').replaceAll('_', '/'));
  return [0, 1].map((at) => bytes.charCodeAt(at).toString(16).padStart(2, '0')).join('');
}

async function showNode(socket) {
  const { node, tag } = await nodeOf(name);
  const seen = tagOf(socket.io.engine.id);
  if (self.node && self.node !== node) addLine(`You were on ${self.node} and are now on ${node}.`);
  self.node = node;
  badge(element('node'), node);
  element('tag').textContent = seen === tag ? `tag ${tag}` : `tag ${seen}, not ${tag}`;
  document.title = `${name} on ${node} · pushgate demo`;
}

function watchTransport(socket) {
  const { engine } = socket.io;
  const first = engine.transport.name;
  element('transport').textContent = first;
  engine.on('upgrade', (transport) => (element('transport').textContent = `${first}, then ${transport.name}`));
}

function showLatency(ms) {
  element('latency').textContent = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  latencies.push(ms);
  latencies.splice(0, latencies.length - kCurvePoints);
  const top = Math.max(10, ...latencies);
  const step = 120 / (kCurvePoints - 1);
  element('curve').setAttribute('points', latencies.map((value, at) => `${at * step},${29 - (value / top) * 27}`).join(' '));
}

function showMembers(members) {
  element('count').textContent = members.length;
  const rows = members
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((member) => {
      const who = document.createElement('span');
      who.textContent = member.isSelf ? `${member.name} (you)` : member.name;
      const row = document.createElement('li');
      row.append(who, badge(document.createElement('span'), member.node));
      return row;
    });
  element('members').replaceChildren(...rows);
}

function floodRow(from, of) {
  const row = document.createElement('li');
  row.append(document.createElement('span'), Object.assign(document.createElement('progress'), { max: of }));
  row.dataset.from = from;
  element('floods').prepend(row);
  while (element('floods').childElementCount > kFloodsShown) element('floods').lastChild.remove();
  return row;
}

function showFlood({ name: from, run, n, of }) {
  if (!floods.has(run)) floods.set(run, { row: floodRow(from, of), got: 0, start: performance.now() });
  const flood = floods.get(run);
  flood.got += 1;
  const ms = Math.max(1, Math.round(performance.now() - flood.start));
  flood.row.firstChild.textContent = `${from}: ${flood.got} of ${of} in ${ms} ms`;
  flood.row.lastChild.value = flood.got;
  if (n % 5 === 0) fly(`${from} #${n}`, { name: from, small: true });
}

/// A name whose node is another one: for a second tab that shows that the room spans the nodes.
async function offerOtherNode() {
  for (const other of ['bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'mallory']) {
    if (other === name || (await nodeOf(other)).node === self.node) continue;
    element('other-node').href = withUid(other);
    element('other-node').hidden = false;
    return;
  }
}

function obeyButtons(socket, room) {
  element('say').addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = element('text').value.trim();
    if (!text) return;
    element('text').value = '';
    addLine(text, self);
    fly(text, { name, own: true });
    await room.say(text).catch((error) => addLine(`Not sent: ${error.message}`));
  });
  element('flood').addEventListener('click', async ({ target }) => {
    target.disabled = true;
    const start = performance.now();
    await room.flood().then(
      () => addLine(`Flooded: the node took the last message after ${Math.round(performance.now() - start)} ms.`),
      (error) => addLine(`The flood was not taken: ${error.message}`),
    );
    target.disabled = false;
  });
  element('cut').addEventListener('click', () => socket.io.engine.close());
}

function start() {
  const socket = globalThis.io({ path: document.documentElement.dataset.path, query: { uid: name } });
  const room = new Room(socket, roomName, self);
  room.addEventListener('say', ({ detail }) => {
    if (typeof detail?.text !== 'string' || typeof detail.name !== 'string') return;
    addLine(detail.text, { name: detail.name, node: String(detail.node) });
    fly(detail.text, { name: detail.name });
  });
  room.addEventListener('latency', ({ detail }) => showLatency(detail));
  room.addEventListener('members', () => showMembers(room.members));
  room.addEventListener('flood', ({ detail }) => showFlood(detail));

  socket.io.on('open', () => watchTransport(socket)); // at `connect` the upgrade may be over
  let connects = 0;
  socket.on('connect', async () => {
    connects += 1;
    element('recovered').textContent = connects === 1 ? 'not needed yet' : socket.recovered ? 'yes' : 'no, joined anew';
    if (connects > 1) addLine(socket.recovered ? 'Back again: the session was recovered.' : 'Back again, with a new session.');
    try {
      await showNode(socket);
      await room.enter();
      showState('connected', 'connected');
      if (connects === 1) await offerOtherNode();
    } catch (error) {
      showState('failed', error.message);
    }
  });
  socket.on('disconnect', (reason) => {
    showState('connecting', 'connecting again');
    addLine(`The connection ended: ${reason}.`);
    // Whoever closes a connection himself is not brought back by the client.
    if (reason === 'forced close') socket.connect();
  });
  socket.on('connect_error', (error) => showState('failed', `no connection: ${error.message}`));
  obeyButtons(socket, room);
}

function fillForm(uid) {
  const form = element('who');
  form.elements.uid.value = uid;
  form.elements.room.value = roomName;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.href = `/?${new URLSearchParams(new FormData(form))}`;
  });
}

element('room-name').textContent = roomName;
if (!name) {
  // The first visit: any name will do.
  location.replace(withUid(`guest-${Math.random().toString(36).slice(2, 6)}`));
} else if (typeof globalThis.io !== 'function') {
  showState('failed', 'the Socket.IO client was not found: see node.clientFiles');
} else {
  fillForm(name);
  start();
}
