// http.test.mjs - what does curl, the tool that everybody tries first, see of the agent?

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startAgent } from '../lib/agent.mjs';
import { product, startNodes } from '../lib/nodes.mjs';
import { World } from '../lib/processes.mjs';

const kMiB = 1024 * 1024;

/// A port on which nobody listens.
async function deadPort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/// Runs curl; resolves with {status, head, body}. `head` holds every response head, 1xx included.
async function curl(folder, url, ...args) {
  const [headFile, bodyFile] = [path.join(folder, 'head'), path.join(folder, 'body')];
  writeFileSync(bodyFile, '');
  const common = ['--silent', '--show-error', '--max-time', '30', '-D', headFile, '-o', bodyFile];
  const { stdout } = await promisify(execFile)('curl', [...common, '-w', '%{http_code}', ...args, url]);
  return { status: Number(stdout), head: readFileSync(headFile, 'latin1'), body: readFileSync(bodyFile) };
}

describe('curl through the agent', () => {
  const world = new World();
  const upload = randomBytes(24 * kMiB);
  const sum = createHash('sha256').update(upload).digest('hex');
  let folder, file, nodes, agent;

  before(async () => {
    nodes = await startNodes(world, 'http', 2);
    const router = {
      default: product(nodes),
      dead: [{ ip: '127.0.0.1', ports: [await deadPort()] }],
    };
    agent = await startAgent(world, router, { identity: { unknownProduct: 'reject' } });
    folder = world.folder();
    file = path.join(folder, 'upload');
    writeFileSync(file, upload);
  });
  after(() => world.close());

  const asAnn = (page, ...args) => curl(folder, `${agent.url}${page}`, '-b', 'uid=ann', ...args);
  const json = ({ body }) => JSON.parse(body.toString());

  it('GETs a page, and the node sees the request as it was sent', async () => {
    const answer = await asAnn('/echo/a%20b?x=1&y=%2F', '-H', 'X-Custom: kept');

    assert.equal(answer.status, 200);
    const { method, url, headers } = json(answer);
    assert.equal(method, 'GET');
    assert.equal(url, '/echo/a%20b?x=1&y=%2F');
    assert.equal(headers['x-custom'], 'kept');
    assert.equal(headers.host, new URL(agent.url).host);
    assert.equal(headers['x-pushgate-uid'], 'ann');
    assert.equal(headers['x-forwarded-proto'], 'http');
  });

  it('takes the uid from the query as well', async () => {
    const answer = await curl(folder, `${agent.url}/echo?uid=b%C3%B6b`);

    assert.equal(Buffer.from(json(answer).headers['x-pushgate-uid'], 'latin1').toString(), 'böb');
  });

  it('removes identity headers that a client made up', async () => {
    const answer = await asAnn('/echo', '-H', 'X-Pushgate-Uid: root', '-H', 'X_Pushgate_Uid: root');

    const { headers } = json(answer);
    assert.equal(headers['x-pushgate-uid'], 'ann');
    assert.equal(headers.x_pushgate_uid, undefined);
  });

  it('answers HEAD with the head of the page and no body', async () => {
    const answer = await asAnn('/echo', '--head');

    assert.equal(answer.status, 200);
    assert.match(answer.head, /content-length: [1-9]/i);
    assert.doesNotMatch(answer.body.toString(), /"method"/);
  });

  it('POSTs a form', async () => {
    const answer = json(await asAnn('/echo', '-d', 'a=1&b=2'));

    assert.equal(answer.method, 'POST');
    assert.equal(answer.bytes, 7);
  });

  it('uploads chunked', async () => {
    const answer = json(await asAnn('/echo', '-T', file, '-H', 'Transfer-Encoding: chunked', '-H', 'Expect:'));

    assert.equal(answer.method, 'PUT');
    assert.equal(answer.headers['transfer-encoding'], 'chunked');
    assert.equal(answer.bytes, upload.length);
    assert.equal(answer.sha256, sum);
  });

  it('asks before a large upload with Expect: 100-continue, and is told to go on', async () => {
    const answer = await asAnn(
      '/echo', '--data-binary', `@${file}`, '-H', 'Expect: 100-continue', '--expect100-timeout', '20');

    assert.match(answer.head, /^HTTP\/1\.1 100 Continue\r\n/);
    assert.equal(answer.status, 200);
    assert.equal(json(answer).sha256, sum);
  });

  it('downloads 64 MiB', async () => {
    const answer = await asAnn(`/bytes/${64 * kMiB}`);

    assert.equal(answer.status, 200);
    assert.ok(answer.body.equals(Buffer.alloc(64 * kMiB, 'b')));
  });

  for (const status of [204, 304]) {
    it(`relays a ${status} without waiting for a body`, async () => {
      assert.equal((await asAnn(`/status/${status}`)).status, status);
    });
  }

  it('speaks HTTP/1.0', async () => {
    const answer = await asAnn('/echo', '--http1.0');

    assert.equal(answer.status, 200);
    assert.equal(json(answer).headers['x-pushgate-uid'], 'ann');
  });

  it('keeps its connection for further requests', async () => {
    const { stdout } = await promisify(execFile)('curl', [
      '--silent', '-b', 'uid=ann', '-w', '%{num_connects} ', '-o', '/dev/null', '-o', '/dev/null',
      '-o', '/dev/null', ...Array(3).fill(`${agent.url}/echo`),
    ]);

    assert.equal(stdout.trim(), '1 0 0');
  });

  it('is refused with 430 and JSON when it names no user', async () => {
    const answer = await curl(folder, `${agent.url}/echo`);

    assert.equal(answer.status, 430);
    assert.match(answer.head, /content-type: application\/json/i);
    const { error } = json(answer);
    assert.equal(error.status, 430);
    assert.equal(error.rule, 'missing_uid');
    assert.ok(error.message && error.requestId);
  });

  it('is refused with 400 when it names two users', async () => {
    const answer = await asAnn('/echo?uid=bob');

    assert.equal(answer.status, 400);
    assert.equal(json(answer).error.rule, 'conflicting_uid');
  });

  it('is refused with 400 when its uid would break a line of the head', async () => {
    const answer = await curl(folder, `${agent.url}/echo?uid=a%0d%0aX-Admin:%20yes`);

    assert.equal(answer.status, 400);
    assert.equal(json(answer).error.rule, 'invalid_uid');
  });

  for (const name of ['nosuch', '__proto__', 'constructor']) {
    it(`is refused with 404 for the product ${name} that no table lists`, async () => {
      const answer = await asAnn(`/echo?product=${name}`);

      assert.equal(answer.status, 404);
      assert.equal(json(answer).error.rule, 'unknown_product');
    });
  }

  it('is told by 503 when to come again if no node of the product lives', async () => {
    const answer = await asAnn('/echo?product=dead');

    assert.equal(answer.status, 503);
    assert.equal(json(answer).error.rule, 'no_live_node');
    assert.match(answer.head, /^retry-after: [1-9]\d*\r$/im);
  });
});
