// socketio2.test.mjs - do Socket.IO 2 servers and clients work through the agent as if it were not there?

import { socketIoSuite } from '../lib/socketio_suite.mjs';

socketIoSuite(2);
