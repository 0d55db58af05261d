import { describeKilledClients } from '../helpers/killed-clients-suite.ts';

describeKilledClients({ calls: 200, atOnce: 8, limitMs: 60_000 });
