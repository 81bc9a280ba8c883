// page.js - who am I, which node answered, and what is said there?

const kOthers = 18;
const kYear = 365 * 24 * 3600;

const element = (id) => document.getElementById(id);
const pageNode = document.documentElement.dataset.pageNode;
const tabs = new BroadcastChannel('pushgate-demo-uid');

function uidOfCookie() {
  const pair = document.cookie.split('; ').find((entry) => entry.startsWith('uid='));
  return pair && decodeURIComponent(pair.slice('uid='.length));
}

/// The uid lives in a cookie: every tab of this browser is the same user. So all of them start anew.
function become(uid) {
  document.cookie = `uid=${encodeURIComponent(uid)}; path=/; max-age=${kYear}; samesite=lax`;
  tabs.postMessage(uid);
  location.reload();
}

const randomUid = () => `user-${Math.random().toString(36).slice(2, 6)}`;

function show(node) {
  document.querySelectorAll('.node').forEach((box) => {
    const yours = box.dataset.node === node;
    box.classList.toggle('yours', yours);
    box.querySelector('.detail').textContent = yours ? 'your node' : '';
  });
  document.body.dataset.node = node;
  element('node').textContent = node;
  document.title = `${node} · pushgate demo`;
}

function addLine(text, { uid, own = false } = {}) {
  const line = document.createElement('li');
  line.className = uid ? (own ? 'own' : '') : 'note';
  if (uid) line.append(Object.assign(document.createElement('b'), { textContent: uid }));
  line.append(text);
  element('messages').append(line);
  line.scrollIntoView({ block: 'nearest' });
}

function showPeople(people) {
  const names = Object.entries(people).map(([uid, count]) => (count > 1 ? `${uid} (${count} tabs)` : uid));
  element('people').textContent = `Here: ${names.join(', ')}`;
}

/// Asks for the node of users who are not us: without our cookie, each with a uid in the query.
async function askForOthers() {
  const rows = Array.from({ length: kOthers }, (_, index) => {
    const row = document.createElement('li');
    row.append(`user-${index + 1}`, Object.assign(document.createElement('b'), { textContent: '…' }));
    return row;
  });
  element('others').replaceChildren(...rows);
  await Promise.all(rows.map(showNodeOf));
}

async function showNodeOf(row) {
  const uid = row.firstChild.textContent;
  const answer = await fetch(`/whoami?uid=${uid}`, { credentials: 'omit' })
    .then((response) => (response.ok ? response.json() : { node: `${response.status}` }))
    .catch(() => ({ node: 'no answer' }));
  row.dataset.node = answer.node;
  row.lastChild.textContent = answer.node;
}

function connect(uid) {
  const socket = io();
  let node = pageNode;

  const showTransport = (text) => (element('transport').textContent = text);
  socket.io.on('open', () => {
    const { engine } = socket.io;
    const first = engine.transport.name;
    showTransport(first);
    engine.on('upgrade', (transport) => showTransport(`${first}, then ${transport.name}`));
  });
  socket.on('welcome', (welcome) => {
    if (welcome.node !== node) addLine(`You were on ${node} and are now on ${welcome.node}.`);
    else element('messages').replaceChildren();
    node = welcome.node;
    show(node);
    element('kill').textContent = `kill ${welcome.pid}`;
    welcome.history.forEach((message) => addLine(message.text, { uid: message.uid, own: message.uid === uid }));
  });
  socket.on('people', showPeople);
  socket.on('said', (message) => addLine(message.text, { uid: message.uid, own: message.uid === uid }));
  socket.on('disconnect', () => showTransport('connecting again'));

  element('say').addEventListener('submit', (event) => {
    event.preventDefault();
    socket.emit('say', element('text').value);
    element('text').value = '';
  });
}

function start(uid) {
  element('uid-here').textContent = uid;
  element('uid').value = uid;
  element('agent-here').textContent = location.host;
  show(pageNode);
  connect(uid);
  askForOthers();

  element('who').addEventListener('submit', (event) => {
    event.preventDefault();
    become(element('uid').value.trim() || randomUid());
  });
  element('someone-else').addEventListener('click', () => become(randomUid()));
  element('second-tab').addEventListener('click', () => window.open('/', '_blank'));
  element('ask-again').addEventListener('click', askForOthers);
  tabs.addEventListener('message', () => location.reload());
}

// A first visitor has no uid yet and was routed by address: take a name and come again as that user.
const uid = uidOfCookie();
if (uid) start(uid);
else become(randomUid());
