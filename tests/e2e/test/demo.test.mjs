// demo.test.mjs - what does a person see in a real browser?
//
// PUSHGATE_E2E_SCREENSHOTS=<folder> keeps pictures of the page.

import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { launchBrowser } from '../lib/browser.mjs';
import { startPush } from '../lib/push.mjs';
import { World } from '../lib/processes.mjs';
import { kPatienceMs, until } from '../lib/wait.mjs';

const kPictures = process.env.PUSHGATE_E2E_SCREENSHOTS;

describe('The demo page in Chromium, through the agent', () => {
  const world = new World();
  let push, browser;

  before(async () => {
    const node = { demo: true, recovery: { enabled: true }, rooms: [{ match: '*', history: { size: 20 }, presence: true }] };
    push = await startPush(world, { agent: true, count: 2, node });
    browser = await launchBrowser(world);
  });
  after(() => world.close());

  async function openTab(uid, { room = 'lobby', ...options } = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    const tab = await context.newPage();
    tab.setDefaultTimeout(Math.max(kPatienceMs, 60_000));
    tab.problems = [];
    tab.on('pageerror', (error) => tab.problems.push(error.message));
    tab.on('console', (message) => message.type() === 'error' && tab.problems.push(message.text()));
    await tab.goto(uid ? `${push.url}/?uid=${uid}&room=${room}` : `${push.url}/`);
    await tab.locator('body[data-state=connected]').waitFor();
    await tab.getByText('polling, then websocket').waitFor();
    return tab;
  }
  const closeTabs = (...tabs) => Promise.all(tabs.map((tab) => tab.context().close()));
  const textOf = (tab, id) => tab.locator(`#${id}`).textContent();

  async function say(tab, text) {
    await tab.getByLabel('Message').fill(text);
    await tab.getByRole('button', { name: 'Send' }).click();
  }

  /// Two users whom the agent sends to two nodes.
  async function usersOfTwoNodes() {
    const nodeOf = async (uid) => (await (await fetch(`${push.url}/demo/node.json?uid=${uid}`)).json()).node;
    const first = await nodeOf('alice');
    for (let n = 0; n < 50; ++n) if ((await nodeOf(`user-${n}`)) !== first) return ['alice', `user-${n}`];
    throw new Error('all users are on one node');
  }

  async function picture(tab, name) {
    if (kPictures) await tab.screenshot({ path: path.join(kPictures, `${name}.png`), fullPage: true });
  }

  it('gives a first visitor a name and says on which node he is', async () => {
    const tab = await openTab();

    assert.match(new URL(tab.url()).searchParams.get('uid'), /^guest-\w+$/);
    assert.ok(push.nodes.some(({ name }) => name === tab.node) || /:\d+$/.test(await textOf(tab, 'node')));
    assert.match(await textOf(tab, 'tag'), /^tag [0-9a-f]{4}$/);
    assert.deepEqual(tab.problems, []);
    await closeTabs(tab);
  });

  it('carries words and members between two tabs on two nodes', async () => {
    const [one, other] = await usersOfTwoNodes();
    const [first, second] = [await openTab(one), await openTab(other, { colorScheme: 'dark' })];

    await say(first, 'hello from one node');
    await second.locator('#log').getByText('hello from one node').waitFor();
    await say(second, 'and from the other');
    await first.locator('#log').getByText('and from the other').waitFor();

    assert.notEqual(await textOf(first, 'node'), await textOf(second, 'node'));
    await until('both to be members', async () => (await textOf(first, 'count')) === '2' && (await textOf(second, 'count')) === '2');
    await until('a latency', async () => /^[\d.]+ ms$/.test(await textOf(second, 'latency')));
    assert.equal(await first.getByText('A tab on another node').isVisible(), true);
    assert.deepEqual([...first.problems, ...second.problems], []);

    await picture(first, 'light');
    await picture(second, 'dark');
    await closeTabs(second);
    await until('the other to be gone', async () => (await textOf(first, 'count')) === '1');
    await closeTabs(first);
  });

  it('floods: the other tab counts what arrives, and words still come through', async () => {
    const [one, other] = await usersOfTwoNodes();
    const [first, second] = [await openTab(one, { room: 'flood' }), await openTab(other, { room: 'flood' })];

    await first.getByRole('button', { name: 'Flood' }).click();
    await first.getByText('Flooded: the node took the last message').waitFor();
    await say(first, 'after the flood');
    await second.locator('#log').getByText('after the flood').waitFor();

    const [, got] = /: (\d+) of 300/.exec(await second.locator('#floods').textContent());
    assert.ok(Number(got) > 0 && Number(got) <= 300, got);
    assert.deepEqual([...first.problems, ...second.problems], []);
    await picture(second, 'flood');
    await closeTabs(first, second);
  });

  it('keeps rooms apart', async () => {
    const [first, second] = [await openTab('ann', { room: 'red' }), await openTab('ann', { room: 'blue' })];
    const third = await openTab('bert', { room: 'red' });

    await say(first, 'only for red');
    await third.locator('#log').getByText('only for red').waitFor();
    await say(second, 'only for blue');

    assert.equal(await second.locator('#log').getByText('only for red').count(), 0);
    assert.equal(await third.locator('#log').getByText('only for blue').count(), 0);
    await closeTabs(first, second, third);
  });

  it('comes back by itself after the connection was cut', async () => {
    const tab = await openTab('carl');

    await tab.getByRole('button', { name: 'Cut the connection' }).click();

    await tab.getByText(/^Back again/).waitFor();
    await tab.locator('body[data-state=connected]').waitFor();
    assert.equal(await textOf(tab, 'recovered'), 'yes');
    await closeTabs(tab);
  });

  it('reads well on a narrow screen', async () => {
    const tab = await openTab('ann', { viewport: { width: 390, height: 844 } });
    await say(tab, 'a longer sentence that has to find its place on a narrow screen somehow');

    const widths = await tab.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);

    assert.ok(widths[0] <= widths[1], `the page is ${widths[0]} wide on a screen of ${widths[1]}`);
    await picture(tab, 'narrow');
    await closeTabs(tab);
  });
});

describe('A page of another origin in Chromium', () => {
  const world = new World();
  let page, pageUrl;

  /// A page that tries to connect to `target` and says what came of it in its title.
  const kPage = (target, transports) => `<!doctype html><title>…</title>
    <script src="${target}/socket.io/socket.io.min.js"></script>
    <script>
      const socket = io(${JSON.stringify(target)}, { transports: ${JSON.stringify(transports)}, reconnection: false });
      socket.on('connect', () => (document.title = 'connected'));
      socket.on('connect_error', () => (document.title = 'refused'));
    </script>`;

  before(async () => {
    const server = http.createServer((request, response) => {
      const query = new URL(request.url, 'http://page').searchParams;
      response.setHeader('content-type', 'text/html');
      response.end(kPage(query.get('target'), [query.get('transport')]));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    world.defer(() => server.close());
    world.defer(() => server.closeAllConnections());
    pageUrl = `http://localhost:${server.address().port}`;
    page = await (await launchBrowser(world)).newPage();
  });
  after(() => world.close());

  async function outcome(push, transport) {
    await page.goto(`${pageUrl}/?target=${push.url}&transport=${transport}`);
    await page.waitForFunction(() => document.title !== '…');
    return page.title();
  }

  it('may poll if its origin is listed', async () => {
    const push = await startPush(world, { node: { cors: { origins: ['http://localhost:*'], credentials: true } } });
    assert.equal(await outcome(push, 'polling'), 'connected');
    assert.equal(await outcome(push, 'websocket'), 'connected');
  });

  it('may poll if all origins may', async () => {
    const push = await startPush(world, { node: { cors: { origins: ['*'] } } });
    assert.equal(await outcome(push, 'polling'), 'connected');
  });

  it('may not if another origin is listed, or none', async () => {
    const listed = await startPush(world, { node: { cors: { origins: ['https://example.com'] } } });
    assert.equal(await outcome(listed, 'polling'), 'refused');
    const none = await startPush(world);
    assert.equal(await outcome(none, 'polling'), 'refused');
  });
});
