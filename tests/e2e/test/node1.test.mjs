// node1.test.mjs - Socket.IO clients of generation 1 and the push node: see lib/node_suite.mjs.
import { nodeSuite } from '../lib/node_suite.mjs';

nodeSuite(1, { agent: false });
nodeSuite(1, { agent: true });
