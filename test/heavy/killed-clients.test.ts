import { describeKilledClients } from '../helpers/killed-clients-suite.ts';

describeKilledClients({ calls: 10_000, atOnce: 24, limitMs: 8 * 60_000 });
