import { describeEveryInput } from '../helpers/every-input-suite.ts';

describeEveryInput(1);
