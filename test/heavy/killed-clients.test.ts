import { describeKilledClients } from '../helpers/killed-clients-suite.ts';

describeKilledClients({ calls: 10_000, atOnce: 12, limitMs: 15 * 60_000 });
