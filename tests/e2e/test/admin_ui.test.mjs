// admin_ui.test.mjs - Socket.IO's own admin UI, as npm has it, in Chromium: what does an admin see of push nodes, and who is let in?

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../lib/browser.mjs';
import { ask, connectSocketIo } from '../lib/clients.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { kPatienceMs, until, within } from '../lib/wait.mjs';

const kDist = fileURLToPath(new URL('../node_modules/@socket.io/admin-ui/ui/dist', import.meta.url));
const kTypes = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' };
const kPassword = 'correct horse';
const kHash = '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e'; // as cheap as bcrypt can be

/// Serves the UI's files on loopback; resolves with its origin.
async function serveUi(world) {
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://ui');
    const file = path.join(kDist, pathname === '/' ? 'index.html' : pathname);
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content ? 200 : 404, { 'content-type': kTypes[path.extname(file)] ?? 'text/plain' }).end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.defer(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

describe('The admin UI in Chromium', () => {
  const world = new World();
  const clients = [];
  let browser, origin;

  before(async () => {
    [browser, origin] = await Promise.all([launchBrowser(world), serveUi(world)]);
  });
  after(async () => {
    clients.forEach((client) => client.disconnect());
    await world.close();
  });

  const start = (adminUi) =>
    startPush(world, {
      agent: true,
      count: 2,
      node: { cors: { origins: [origin], credentials: true }, adminUi: { enabled: true, username: 'root', password: kHash, ...adminUi } },
    });

  /// One at each node, in the room "lobby".
  async function connectClients(push) {
    const made = await Promise.all(
      push.nodes.map(({ url }, n) => connectSocketIo(url, `user-${n}`, { transports: [['websocket'], ['polling']][n], inQuery: true })),
    );
    clients.push(...made);
    for (const client of made) await ask(client, 'join', 'lobby');
    return made;
  }

  async function openPage() {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-US' });
    const page = await context.newPage();
    page.setDefaultTimeout(Math.max(kPatienceMs, 60_000));
    page.problems = [];
    page.on('pageerror', (error) => page.problems.push(error.message));
    // Fonts of other sites: nothing here leaves this machine.
    await page.route((url) => url.hostname !== '127.0.0.1', (route) => route.abort());
    await page.goto(`${origin}/`);
    return page;
  }
  async function logIn(page, push, password) {
    await page.getByLabel('Server URL').fill(push.url);
    await page.getByLabel('Username').fill('root');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
  }
  const goTo = (page, title) => page.getByRole('navigation').getByText(title, { exact: true }).click();
  const rows = (page) => page.locator('main tbody tr');
  const row = (page, text) => rows(page).filter({ hasText: text });
  const texts = async (page) => (await rows(page).allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim());
  /// Waits until a row of a table says this.
  async function shows(page, pattern) {
    let last;
    const found = async () => (last = await texts(page)).some((text) => pattern.test(text));
    await until(() => `${pattern}; the page shows ${last}`, found);
  }

  it('shows every socket and room of all nodes, as they come and go, to who has the password', async () => {
    const push = await start({ development: true });
    const [one, two] = await connectClients(push);
    const page = await openPage();

    await logIn(page, push, 'wrong');
    await page.getByText('Invalid credentials').waitFor();
    assert.equal(await page.getByText(one.id).count(), 0);

    await logIn(page, push, kPassword);
    await goTo(page, 'Sockets');
    for (const { id } of [one, two]) await row(page, id).waitFor();
    const third = await connectSocketIo(push.nodes[1].url, 'late', { transports: ['websocket'], inQuery: true });
    clients.push(third);
    await row(page, third.id).waitFor();
    await ask(third, 'join', 'lounge');

    await goTo(page, 'Rooms');
    await shows(page, /^lobby public 2$/i);
    await shows(page, /^lounge public 1$/i);
    third.disconnect();
    await until('the room to be gone', async () => (await row(page, 'lounge').count()) === 0);

    await goTo(page, 'Servers');
    for (const { name } of push.nodes) await row(page, name).waitFor();
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

  it('disconnects a socket of any node at a click', async () => {
    const push = await start({ development: true });
    const sockets = await connectClients(push);
    const [one, two] = sockets.map(({ id }) => id); // a client forgets it when it ends
    const page = await openPage();
    await logIn(page, push, kPassword);
    await goTo(page, 'Sockets');
    await row(page, two).waitFor();
    const ends = sockets.map((socket) => new Promise((resolve) => socket.once('disconnect', resolve)));

    await row(page, two).getByRole('button').click();
    assert.equal(await within('the first farewell', ends[1]), 'io server disconnect');
    await goTo(page, 'Sockets'); // the click has opened the socket's own page too
    await until('the socket to be gone', async () => (await row(page, two).count()) === 0);
    await row(page, one).getByRole('button').click();
    assert.equal(await within('the other farewell', ends[0]), 'io server disconnect');
    await page.context().close();
  });

  it('shows sums alone without development, and remembers who has logged in', async () => {
    const push = await start({ readOnly: true });
    const [one, two] = await connectClients(push);
    const page = await openPage();
    await logIn(page, push, kPassword);

    const showsSums = async () => {
      await shows(page, /^\/ 2$/); // the namespace and its sockets
      await shows(page, /^HTTP long-polling 1 /i);
    };
    await showsSums();
    assert.equal(await page.getByRole('navigation').getByText('Sockets', { exact: true }).count(), 0);
    await page.reload();
    await showsSums(); // without a password
    for (const { id } of [one, two]) assert.equal(await page.getByText(id).count(), 0);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
});
