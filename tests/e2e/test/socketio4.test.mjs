// socketio4.test.mjs - do Socket.IO 4 servers and clients work through the agent as if it were not there?

import { socketIoSuite } from '../lib/socketio_suite.mjs';

socketIoSuite(4);
