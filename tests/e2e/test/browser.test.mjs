// browser.test.mjs - what does a person see in a real browser?
//
// PUSHGATE_E2E_SCREENSHOTS=<folder> keeps pictures of the page.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startAgent } from '../lib/agent.mjs';
import { World } from '../lib/processes.mjs';
import { inParallel, until, within } from '../lib/wait.mjs';

const kChromium = process.env.PUSHGATE_CHROMIUM ?? '/usr/bin/chromium';
const kPictures = process.env.PUSHGATE_E2E_SCREENSHOTS;
const kRun = fileURLToPath(new URL('../demo/run.js', import.meta.url));
const kFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
const kPatience = { timeout: 30_000 };

/// The demo's three servers, started as `./dev run` starts them but on ports of the kernel's choice.
async function startDemo(world) {
  const child = world.spawn(process.execPath, [kRun, '--ports', '0,0,0']);
  await until(() => `the demo to start; it said:\n${child.text.err}`, () => child.text.out.includes('\n'));
  return JSON.parse(child.text.out);
}

describe('The demo page in Chromium', () => {
  const world = new World();
  let agent, browser;

  before(async () => {
    assert.ok(existsSync(kChromium), `no browser at ${kChromium}`);
    const servers = await startDemo(world);
    const backends = servers.map(({ node, port }) => ({ id: node, address: `127.0.0.1:${port}` }));
    agent = await startAgent(world, { default: { backends } }, { identity: { missingUid: 'clientIp' } });
    browser = await chromium.launch({ executablePath: kChromium, args: kFlags, ...kPatience });
    world.defer(() => browser.close());
  });
  after(() => world.close());

  /// A browser profile of its own; with `uid`, one that has been here before under this name.
  async function profile(uid, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1120, height: 860 }, ...options });
    context.setDefaultTimeout(kPatience.timeout);
    if (uid) await context.addCookies([{ name: 'uid', value: encodeURIComponent(uid), url: agent.url }]);
    return context;
  }

  /// A tab that shows the page and has its WebSocket.
  async function openTab(context) {
    const tab = await context.newPage();
    tab.problems = [];
    tab.on('pageerror', (error) => tab.problems.push(error.message));
    tab.on('console', (message) => message.type() === 'error' && tab.problems.push(message.text()));
    await tab.goto(agent.url);
    await tab.getByText('polling, then websocket').waitFor();
    return tab;
  }

  const nodeShownIn = (tab) => tab.locator('#node').textContent();

  async function say(tab, text) {
    await tab.getByLabel('Message').fill(text);
    await tab.getByRole('button', { name: 'Send' }).click();
  }

  /// Users by the node that the agent chooses for them.
  async function usersByNode() {
    const byNode = new Map();
    await inParallel(Array.from({ length: 30 }, (_, n) => `guest-${n}`), 5, async (uid) => {
      const { node } = await (await fetch(`${agent.url}/whoami?uid=${uid}`)).json();
      byNode.set(node, [...(byNode.get(node) ?? []), uid]);
    });
    return byNode;
  }

  async function picture(tab, name) {
    if (!kPictures) return;
    await until('every node to be shown', async () => !(await tab.locator('#others').textContent()).includes('…'));
    await tab.screenshot({ path: path.join(kPictures, `${name}.png`), fullPage: true });
  }

  it('gives a first visitor a uid and a node', async () => {
    const context = await profile();

    const tab = await openTab(context);

    assert.match(await tab.locator('#uid-here').textContent(), /^user-\w+$/);
    assert.match(await nodeShownIn(tab), /^node-[123]$/);
    const cookie = (await context.cookies()).find(({ name }) => name === 'uid');
    assert.equal(cookie.value, await tab.locator('#uid').inputValue());
    assert.deepEqual(tab.problems, []);
    await context.close();
  });

  it('shows one node to two tabs of a user, and what one says reaches the other', async () => {
    const context = await profile('ann');
    const [first, second] = [await openTab(context), await openTab(context)];

    await say(first, 'hello from the first tab');
    await second.getByText('hello from the first tab').waitFor();
    await say(second, 'and from the second');
    await first.getByText('and from the second').waitFor();

    assert.equal(await nodeShownIn(first), await nodeShownIn(second));
    assert.match(await first.locator('#people').textContent(), /ann \(2 tabs\)/);
    assert.deepEqual([...first.problems, ...second.problems], []);
    await picture(first, 'light');
    await context.close();
  });

  it('shows another node to a user of another node, who does not hear the first', async () => {
    const [[nodeOfOne, [one]], [nodeOfOther, [other]]] = [...(await usersByNode())];
    const contexts = [await profile(one), await profile(other, { colorScheme: 'dark' })];
    const [tab, otherTab] = await Promise.all(contexts.map(openTab));

    await say(tab, 'only for my node');
    await tab.getByText('only for my node').waitFor();
    await say(otherTab, 'and this for mine');
    await otherTab.getByText('and this for mine').waitFor();

    assert.equal(await nodeShownIn(tab), nodeOfOne);
    assert.equal(await nodeShownIn(otherTab), nodeOfOther);
    assert.notEqual(nodeOfOne, nodeOfOther);
    assert.equal(await otherTab.getByText('only for my node').count(), 0);
    assert.deepEqual([...tab.problems, ...otherTab.problems], []);
    await picture(otherTab, 'dark');
    await Promise.all(contexts.map((context) => context.close()));
  });

  it('lets a user become another, in every open tab', async () => {
    const [, [, [other]]] = [...(await usersByNode())];
    const context = await profile('ann');
    const [first, second] = [await openTab(context), await openTab(context)];

    await first.locator('#uid').fill(other);
    await first.getByRole('button', { name: 'Be this user' }).click();

    for (const tab of [first, second]) {
      await tab.locator('#uid-here', { hasText: other }).waitFor();
      await tab.getByText('polling, then websocket').waitFor();
    }
    assert.equal(await nodeShownIn(first), await nodeShownIn(second));
    await context.close();
  });

  it('reads well on a narrow screen', async () => {
    const context = await profile('ann', { viewport: { width: 390, height: 844 } });
    const tab = await openTab(context);

    const widths = await tab.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);

    assert.ok(widths[0] <= widths[1], `the page is ${widths[0]} wide on a screen of ${widths[1]}`);
    await picture(tab, 'narrow');
    await context.close();
  });
});

describe("The demo's one command", () => {
  const world = new World();
  after(() => world.close());

  it('ends its servers with itself', async () => {
    const run = world.spawn(process.execPath, [kRun, '--ports', '0,0,0']);
    await until('the demo to start', () => run.text.out.includes('\n'));
    const servers = JSON.parse(run.text.out);

    run.kill('SIGKILL');
    await within('the command to end', once(run, 'exit'));

    await until('its servers to end', () => servers.every(({ pid }) => !existsSync(`/proc/${pid}/cmdline`)));
  });
});
