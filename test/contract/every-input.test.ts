import { describeEveryInput } from '../helpers/every-input-suite.ts';

// All of them take many minutes: `npm run test:heavy`.
describeEveryInput(8);
