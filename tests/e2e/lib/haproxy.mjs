// haproxy.mjs - a real L4 balancer in front of the agents, on a port that the kernel chose.

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { hasEnded } from './processes.mjs';
import { until } from './wait.mjs';

/// Starts HAProxy in TCP mode; connections go to `ports` in turn, each with a PROXY v2 header.
/// The listening socket is bound here and inherited, so that no port number is ever guessed.
export async function startBalancer(world, ports, { serverOptions = 'send-proxy-v2' } = {}) {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();

  const file = path.join(world.folder(), 'haproxy.cfg');
  writeFileSync(file, configuration(ports, serverOptions));
  const child = world.spawn('haproxy', ['-db', '-f', file], {
    stdio: ['ignore', 'pipe', 'pipe', listener._handle.fd],
  });
  listener.close();
  await until(
    () => `HAProxy to relay; it said:\n${child.text.err}`,
    () => {
      if (hasEnded(child)) throw new Error(`HAProxy ended with code ${child.exitCode}:\n${child.text.err}`);
      return accepts(port);
    },
  );
  return { port };
}

function configuration(ports, serverOptions) {
  const servers = ports.map((port, index) => `  server agent-${index + 1} 127.0.0.1:${port} ${serverOptions}`);
  return `global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen entrance
  bind fd@3
  balance roundrobin
${servers.join('\n')}
`;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => socket.destroy()).on('error', () => {});
    socket.on('close', (failed) => resolve(!failed));
  });
}
