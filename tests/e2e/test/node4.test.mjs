// node4.test.mjs - Socket.IO clients of generation 4 and the push node: see lib/node_suite.mjs.
import { nodeSuite } from '../lib/node_suite.mjs';

nodeSuite(4, { agent: false });
nodeSuite(4, { agent: true });
